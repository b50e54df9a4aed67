{{/* Where alerts are sent on to: for each receiver its part of the environment, and the Secret with what is needed to speak to it. */}}
{{- define "portcullis.outputEnv" -}}
{{- if .Values.outputs.reports.enabled }}
- name: REPORTS_MINUTES
  value: {{ int .Values.outputs.reports.minutes | quote }}
{{- end }}
{{- range $name, $prefix := dict "falcosidekick" "FALCOSIDEKICK" "otlp" "OTLP" }}
{{- $output := index $.Values.outputs $name }}
{{- with ternary $output.url $output.endpoint (eq $name "falcosidekick") }}
- name: {{ $prefix }}_{{ ternary "URL" "ENDPOINT" (eq $name "falcosidekick") }}
  value: {{ . | quote }}
{{- if $output.ca }}
- name: {{ $prefix }}_CA_FILE
  value: /etc/portcullis/outputs/{{ $name }}/ca.crt
{{- end }}
{{- if eq $output.auth "bearer" }}
- name: {{ $prefix }}_TOKEN_FILE
  value: /etc/portcullis/outputs/{{ $name }}/token
{{- else if eq $output.auth "basic" }}
- name: {{ $prefix }}_USER
  value: {{ $output.user | quote }}
- name: {{ $prefix }}_PASSWORD_FILE
  value: /etc/portcullis/outputs/{{ $name }}/password
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Names of the receivers that a Secret is mounted for. */}}
{{- define "portcullis.outputSecrets" -}}
{{- range $name := list "falcosidekick" "otlp" }}
{{- $output := index $.Values.outputs $name }}
{{- if and $output.secret (or $output.ca (ne $output.auth "none")) (or $output.url $output.endpoint) }}
{{ $name }}
{{- end }}
{{- end }}
{{- end }}

{{/* What is mounted into the controller: the authorities of an external NATS, and Secrets of receivers. */}}
{{- define "portcullis.controllerMounts" -}}
{{- if not (include "portcullis.natsTls" .) }}
{{- include "portcullis.natsCaMount" . }}
{{- end }}
{{- range splitList "\n" (include "portcullis.outputSecrets" . | trim) }}
{{- with . }}
- name: output-{{ . }}
  mountPath: /etc/portcullis/outputs/{{ . }}
  readOnly: true
{{- end }}
{{- end }}
{{- end }}

{{- define "portcullis.controllerVolumes" -}}
{{- if not (include "portcullis.natsTls" .) }}
{{- include "portcullis.natsCaVolume" (dict "root" $ "optional" false) }}
{{- end }}
{{- range splitList "\n" (include "portcullis.outputSecrets" . | trim) }}
{{- with . }}
- name: output-{{ . }}
  {{- /* Without it the output waits, and not the controller. */}}
  secret: {secretName: {{ (index $.Values.outputs .).secret }}, optional: true}
{{- end }}
{{- end }}
{{- end }}
