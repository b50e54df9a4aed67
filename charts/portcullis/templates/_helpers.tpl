{{/* Names begin with the release's, so that two releases do not meet: <release> if it says portcullis, else <release>-portcullis. */}}
{{- define "portcullis.name" -}}
{{- $name := ternary .Release.Name (printf "%s-portcullis" .Release.Name) (contains "portcullis" .Release.Name) -}}
{{- $name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{/* Selector labels of a component. Call with (dict "root" $ "component" "controller"). */}}
{{- define "portcullis.selector" -}}
app.kubernetes.io/name: portcullis
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "portcullis.labels" -}}
{{ include "portcullis.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* repository:tag of (dict "root" $ "image" .Values.x.image). */}}
{{- define "portcullis.image" -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "portcullis.natsName" -}}
{{ include "portcullis.name" . }}-nats
{{- end }}

{{/* Not a full name: the pod's search domains add the cluster's, whatever it is called. */}}
{{- define "portcullis.natsUrl" -}}
{{- if .Values.nats.enabled -}}
{{ ternary "tls" "nats" .Values.nats.tls.enabled }}://{{ include "portcullis.natsName" . }}.{{ .Release.Namespace }}.svc:4222
{{- else -}}
{{ .Values.nats.url }}
{{- end -}}
{{- end }}

{{/* The Secret with NATS' passwords; empty: no login. */}}
{{- define "portcullis.natsSecret" -}}
{{- if .Values.nats.auth.enabled -}}
{{- if .Values.nats.auth.existingSecret -}}
{{ .Values.nats.auth.existingSecret }}
{{- else if .Values.nats.enabled -}}
{{ include "portcullis.natsName" . }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* That Secret where the controller fills it. */}}
{{- define "portcullis.natsLoginSecret" -}}
{{- if and .Values.nats.enabled .Values.nats.auth.enabled (not .Values.nats.auth.existingSecret) -}}
{{ include "portcullis.natsName" . }}
{{- end -}}
{{- end }}

{{/* With the release's own server each node has a login of its own: the Secret with the key that says so. Empty: all nodes share one login, or none. */}}
{{- define "portcullis.nodeLoginSecret" -}}
{{- if and .Values.nats.enabled .Values.nats.auth.enabled -}}
{{ include "portcullis.natsName" . }}-node-logins
{{- end -}}
{{- end }}

{{/* The Secret with the password that the enforcers share on somebody else's server. Every node may read it, so it holds no other. */}}
{{- define "portcullis.enforcerSecret" -}}
{{- if and (not .Values.nats.enabled) .Values.nats.auth.enabled .Values.nats.auth.existingSecret -}}
{{ .Values.nats.auth.existingEnforcerSecret }}
{{- end -}}
{{- end }}

{{/* Whom the enforcers' tokens are for: this release's NATS and nobody else. */}}
{{- define "portcullis.nodeAudience" -}}
{{ include "portcullis.natsName" . }}.{{ .Release.Namespace }}
{{- end }}

{{/* Not empty: the release runs a NATS server that speaks TLS. */}}
{{- define "portcullis.natsTls" -}}
{{- if and .Values.nats.enabled .Values.nats.tls.enabled -}}tls{{- end -}}
{{- end }}

{{/* The ConfigMap with the authorities of NATS' certificate; empty: there is no TLS, or the usual public authorities count. */}}
{{- define "portcullis.natsCa" -}}
{{- if or (include "portcullis.natsTls" .) .Values.nats.tls.ca -}}
{{ include "portcullis.natsName" . }}-ca
{{- end -}}
{{- end }}

{{/* Names and addresses that NATS' certificate is for. localhost: who comes by `kubectl port-forward`. */}}
{{- define "portcullis.natsNames" -}}
{{- $name := include "portcullis.natsName" . -}}
{{- $service := printf "%s.%s.svc" $name .Release.Namespace -}}
{{- concat (list $service (printf "%s.%s" $name .Release.Namespace) $name "localhost" "127.0.0.1") .Values.nats.tls.names | uniq | join "," -}}
{{- end }}

{{/* Where the authorities are mounted: the volume, and its mount. Call with (dict "root" $ "optional" false). */}}
{{- define "portcullis.natsCaVolume" -}}
{{- with include "portcullis.natsCa" .root -}}
# Not optional: kubelet looks again by the second until the controller has written them.
- name: nats-ca
  configMap: {name: {{ . }}, optional: {{ $.optional }}, items: [{key: ca.crt, path: ca.crt}]}
{{- end -}}
{{- end }}

{{- define "portcullis.natsCaMount" -}}
{{- if include "portcullis.natsCa" . -}}
- name: nats-ca
  mountPath: /etc/portcullis/nats-ca
  readOnly: true
{{- end -}}
{{- end }}

{{/* What controller and enforcer both read from the environment. */}}
{{- define "portcullis.env" -}}
- name: CLUSTER_NAME
  value: {{ .Values.clusterName | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: NATS_URL
  value: {{ include "portcullis.natsUrl" . | quote }}
{{- end }}

{{/* How to log in, for who does not fill the Secret itself: (dict "user" "portcullis" "secret" "name" "optional" false). */}}
{{- define "portcullis.loginEnv" -}}
{{- if .secret -}}
- name: NATS_USER
  value: {{ .user }}
- name: NATS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: password
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end -}}
{{- end }}

{{- define "portcullis.caEnv" -}}
{{- if include "portcullis.natsCa" . -}}
- name: NATS_CA_FILE
  value: /etc/portcullis/nats-ca/ca.crt
{{- end -}}
{{- end }}

{{/*
Probes of controller and enforcer. Liveness is patient: a restart cures a stuck event loop, and nothing else. The start is given ten
minutes: an enforcer that was killed while the kernel verifies its programs would begin anew, on a slow or busy node without end.
*/}}
{{- define "portcullis.probes" -}}
startupProbe:
  httpGet: {path: /startupz, port: http}
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 600
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 2
  timeoutSeconds: 2
{{- end }}

{{/* Annotations of a pod that serves metrics: (dict "root" $ "component" .Values.controller). */}}
{{- define "portcullis.podAnnotations" -}}
{{- if .root.Values.metrics.annotations }}
prometheus.io/scrape: "true"
prometheus.io/path: /metrics
prometheus.io/port: {{ .component.port | quote }}
{{- end }}
{{- with .component.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}
