# SPDX-License-Identifier: MIT
# A fork beside another thread, whose child reads a file and ends; and one by
# system(). Ruby makes its own locks anew in a child: it does not hang.
thread = Thread.new { sleep }
Thread.pass until thread.status == "sleep"
pid = fork { File.read(__FILE__) }
Process.wait(pid)
system("true")
exit 7
