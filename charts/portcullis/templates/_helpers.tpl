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
nats://{{ include "portcullis.natsName" . }}.{{ .Release.Namespace }}.svc:4222
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

{{/* What controller and enforcer both read from the environment. */}}
{{- define "portcullis.env" -}}
- name: CLUSTER_NAME
  value: {{ .Values.clusterName | quote }}
- name: LOG_LEVEL
  value: {{ .Values.logLevel }}
- name: NATS_URL
  value: {{ include "portcullis.natsUrl" . | quote }}
{{- with include "portcullis.natsSecret" . }}
- name: NATS_USER
  value: portcullis
- name: NATS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: password
{{- end }}
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
