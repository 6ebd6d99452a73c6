# Runs a PostgreSQL for as long as its owner lives, then takes it and its folder away.
# Started again if it ends before: a test may crash it on purpose.
#   guardian.sh <pid of the owner> <folder> <command of the server...>
owner=$1
folder=$2
shift 2
alive() { kill -0 "$1" 2>/dev/null; }
while alive "$owner" && [ -d "$folder" ]; do
    "$@" >>"$folder/log" 2>&1 &
    server=$!
    while alive "$owner" && alive "$server"; do sleep 0.5; done
    # At once: nobody needs what it holds.
    kill -QUIT "$server" 2>/dev/null
    wait "$server"
done
rm -rf "$folder"
