# In a guest: imports the images of the load disk. Layers that are there already need not be on it.
set -euo pipefail
for image in /load/images/*.tar; do
  [ -e "$image" ] || continue
  ctr -n k8s.io images import "$image"
done
