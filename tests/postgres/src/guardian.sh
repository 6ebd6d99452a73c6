# Runs a PostgreSQL for as long as its owner lives, then takes it and its folder away.
# Started again if it ends before: a test may crash it on purpose. Two files in the folder are orders:
#   over   the server and its folder go now
#   down   the server is not started again for as long as this is there
#   guardian.sh <pid of the owner> <folder> <command of the server...>
owner=$1
folder=$2
shift 2
alive() { kill -0 "$1" 2>/dev/null; }
needed() { alive "$owner" && [ -d "$folder" ] && [ ! -e "$folder/over" ]; }
while needed; do
    if [ -e "$folder/down" ]; then
        sleep 0.1
        continue
    fi
    "$@" >>"$folder/log" 2>&1 &
    server=$!
    while needed && alive "$server"; do sleep 0.2; done
    # At once: nobody needs what it holds.
    kill -QUIT "$server" 2>/dev/null
    wait "$server"
done
# Where the data lies on a disk of its own.
umount "$folder/data" 2>/dev/null
rm -rf "$folder"
