# In a guest: imports the images of the load disk. Layers that are there already need not be on it.
set -euo pipefail
ctr -n k8s.io images import /load/images.tar
