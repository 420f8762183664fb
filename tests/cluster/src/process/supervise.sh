# Runs one command for as long as the process that started this script lives.
#
#   sh -c "$(cat supervise.sh)" supervise DIRECTORY COMMAND [ARGUMENT…]
#
# Standard input is a pipe whose other end only the starting process holds. The kernel closes that end however the process
# ends: dropped handle, return from main, panic or SIGKILL. Then the command is killed and DIRECTORY (if not empty) removed.
# A TERM to this script is passed on to the command, which may take its time to end.
# (Linux's parent-death signal would not do: it fires when the *thread* that forked ends, and test threads end early.)
directory=$1
shift
exec 3<&0

"$@" </dev/null 3<&- &
child=$!

{
  read -r _ <&3
  # From here on this must not be cut short: the end of the child, which follows, makes the shell below send a TERM.
  trap '' TERM
  # While nobody has waited for the child its number cannot belong to another process.
  kill -KILL "$child"
  while kill -0 "$child"; do sleep 0.02; done
  if [ -n "$directory" ]; then rm -rf "$directory"; fi
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-

asked=
trap 'asked=1; kill -TERM "$child"' TERM
wait "$child"
status=$?
# A signal cuts a wait short; the child's own status is that of the next one.
if [ -n "$asked" ] && [ "$status" -eq 143 ]; then
  wait "$child"
  status=$?
fi
# A child that ended by itself leaves nothing to watch.
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$status"
