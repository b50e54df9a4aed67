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

{{/* Not empty: there are several servers. */}}
{{- define "portcullis.natsCluster" -}}
{{- if and .Values.nats.enabled (gt (int .Values.nats.replicas) 1) -}}cluster{{- end -}}
{{- end }}

{{/* Several servers: their StatefulSet, and the Service by which each of them has a name. */}}
{{- define "portcullis.natsClusterName" -}}
{{ include "portcullis.natsName" . }}-cluster
{{- end }}

{{/* What each server is dialled by, joined by commas. Not a full name: the pod's search domains add the cluster's, whatever it is called. */}}
{{- define "portcullis.natsHosts" -}}
{{- $service := printf "%s.%s.svc" (include "portcullis.natsName" .) .Release.Namespace -}}
{{- if include "portcullis.natsCluster" . -}}
{{- $name := include "portcullis.natsClusterName" . -}}
{{- $hosts := list -}}
{{- range until (int .Values.nats.replicas) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s.%s.svc" $name . $name $.Release.Namespace) -}}
{{- end -}}
{{ join "," $hosts }}
{{- else -}}
{{ $service }}
{{- end -}}
{{- end }}

{{/* Every server, joined by commas: a client that has lost one dials another at once. */}}
{{- define "portcullis.natsUrl" -}}
{{- if .Values.nats.enabled -}}
{{- $scheme := ternary "tls" "nats" .Values.nats.tls.enabled -}}
{{- $urls := list -}}
{{- range splitList "," (include "portcullis.natsHosts" .) -}}
{{- $urls = append $urls (printf "%s://%s:4222" $scheme .) -}}
{{- end -}}
{{ join "," $urls }}
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
{{- $own := list $service (printf "%s.%s" $name .Release.Namespace) $name "localhost" "127.0.0.1" -}}
{{- /* Also of a single server, so that the certificate is ready for the others when they come. An issuer may give no such name, and is asked for it when it is needed. */}}
{{- if or (include "portcullis.natsCluster" .) (not .Values.nats.tls.certManager.issuer) -}}
{{- $own = append $own (printf "*.%s.%s.svc" (include "portcullis.natsClusterName" .) .Release.Namespace) -}}
{{- end -}}
{{- concat $own .Values.nats.tls.names | uniq | join "," -}}
{{- end }}

{{/* On how many servers each stream and bucket lies. */}}
{{- define "portcullis.storageReplicas" -}}
{{- $asked := int .Values.nats.jetstream.replicas -}}
{{- if gt $asked 0 -}}{{ $asked }}{{- else if .Values.nats.enabled -}}{{ min (int .Values.nats.replicas) 3 }}{{- else -}}1{{- end -}}
{{- end }}

{{/* Mebibytes of a size such as 1Gi. */}}
{{- define "portcullis.mebibytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- if hasSuffix "Ti" . -}}{{ mul $number 1048576 }}{{- else if hasSuffix "Gi" . -}}{{ mul $number 1024 }}{{- else -}}{{ $number }}{{- end -}}
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
{{- include "portcullis.natsServerName" . }}
{{- end }}

{{/* The one name that is verified of several servers, which all have one certificate. */}}
{{- define "portcullis.natsServerName" -}}
{{- if and (include "portcullis.natsCluster" .) (include "portcullis.natsTls" .) }}
- name: NATS_SERVER_NAME
  value: {{ printf "%s.%s.svc" (include "portcullis.natsName" .) .Release.Namespace }}
{{- end }}
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
  periodSeconds: 5
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

{{/* What the controller asks of NATS for streams and buckets. */}}
{{- define "portcullis.storageEnv" -}}
{{- $jetstream := .Values.nats.jetstream -}}
- name: STORAGE_REPLICAS
  value: {{ include "portcullis.storageReplicas" . | quote }}
- name: STORAGE_ALERTS_SIZE
  value: {{ $jetstream.alerts.maxSize }}
- name: STORAGE_ALERTS_AGE
  value: {{ $jetstream.alerts.maxAge }}
- name: STORAGE_LOGS_SIZE
  value: {{ $jetstream.logs.maxSize }}
- name: STORAGE_LOGS_AGE
  value: {{ $jetstream.logs.maxAge }}
- name: STORAGE_BUNDLES_SIZE
  value: {{ $jetstream.bundles.maxSize }}
- name: STORAGE_RULE_SETS_SIZE
  value: {{ $jetstream.ruleSets.maxSize }}
- name: STORAGE_NODE_STATUSES_SIZE
  value: {{ $jetstream.nodeStatuses.maxSize }}
- name: STORAGE_PROGRESS_SIZE
  value: {{ $jetstream.progress.maxSize }}
{{- end }}

{{/* The Secret with the password by which the servers know each other; empty: nobody has to log in. */}}
{{- define "portcullis.natsRouteSecret" -}}
{{- if include "portcullis.natsCluster" . -}}
{{- if include "portcullis.natsTls" . -}}
{{ include "portcullis.natsName" . }}-system
{{- else -}}
{{ include "portcullis.natsSecret" . }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Annotations of what `helm test` makes; call with the place in the order. All of it goes after the test, but a pod that has failed. */}}
{{- define "portcullis.testHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
# What the pod has found is printed by helm 4 before it goes.
helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
{{- end }}
