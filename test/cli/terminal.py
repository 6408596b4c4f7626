"""Runs a command at a terminal of its own: waits for each question, types the answer, and tells what the screen showed."""
import json
import os
import pty
import select
import subprocess
import sys
import termios

order = json.loads(sys.argv[1])
screen = b""
echo = []
control, terminal = pty.openpty()
process = subprocess.Popen(
    order["command"], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
)


def read(seconds):
    """Whether something appeared within this time."""
    global screen
    if not select.select([control], [], [], seconds)[0]:
        return False
    screen += os.read(control, 65536)
    return True


def shows_typing():
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


seen = 0
for question, typed in order["steps"]:
    while question.encode() not in screen[seen:]:
        if not read(15):
            process.kill()
            sys.exit("no question, but: " + screen.decode())
    seen = screen.index(question.encode(), seen) + len(question.encode())
    echo.append(shows_typing())
    os.write(control, typed.encode())
while process.poll() is None:
    read(0.02)
while read(0):
    pass
echo.append(shows_typing())
print(json.dumps({"screen": screen.decode(), "code": process.returncode, "echo": echo}))
