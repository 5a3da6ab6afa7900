worker = Thread.new { raise KeyError, "no weight" }
sleep 0.2
exit 1
