# The addon: plain C Node-API on the system's libbpf, linked dynamically. `node build.mjs` calls node-gyp with the headers
# it needs; run by hand it wants --nodedir.
{
  "targets": [
    {
      "target_name": "portcullis",
      "sources": [
        "addon/addon.c",
        "addon/batches.c",
        "addon/btf.c",
        "addon/cgroup.c",
        "addon/errors.c",
        "addon/handles.c",
        "addon/links.c",
        "addon/maps.c",
        "addon/object.c",
        "addon/ring.c",
        "addon/run.c",
        "addon/trace.c"
      ],
      "defines": ["NAPI_VERSION=9", "_GNU_SOURCE"],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2"],
      "ldflags": ["-Wl,-z,relro,-z,now", "-Wl,--no-undefined-version"],
      "libraries": ["-lbpf"]
    }
  ]
}
