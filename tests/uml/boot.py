"""boot - runs jobs in one guest of User-Mode Linux (guest.py says what a job is)."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

LINUX, MODULES = "linux.uml", "/usr/lib/uml/modules"
HERE = os.path.dirname(os.path.abspath(__file__))


class NoKernel(Exception):
    """User-Mode Linux is not installed, or did not start."""


def _start(command, env, console, limit):
    """True when it ended by itself; what it started goes with it."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=env,
                             start_new_session=True)
    for wait, sign in ((limit, signal.SIGTERM), (5, signal.SIGKILL), (5, signal.SIGKILL)):
        try:
            child.wait(wait)
            break
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, sign)
    try:
        os.killpg(child.pid, signal.SIGKILL)	# processes of a guest that was killed
    except ProcessLookupError:
        pass
    return sign == signal.SIGTERM


def run(jobs, limit):
    """Returns ({name: result}, None or why the guest ended early).  limit: seconds."""
    kernel = shutil.which(LINUX)
    if kernel is None or not os.path.isdir(MODULES):
        raise NoKernel("%s or %s is missing; on Debian: apt-get install user-mode-linux" % (LINUX, MODULES))
    with tempfile.TemporaryDirectory(prefix="uml-") as top:
        if any(c in top + sys.executable for c in " \t,"):
            raise NoKernel("%s: the kernel's command line takes no blanks and commas" % top)
        for name in ("init", "guest.py", "net.py", "nflog.py"):
            shutil.copy(os.path.join(HERE, name), top)
        with open(top + "/jobs.json", "w") as f:
            f.writelines(json.dumps(job) + "\n" for job in jobs)
        command = [kernel, "mem=256M", "root=/dev/root", "rootfstype=hostfs", "ro", "quiet", "con=null",
                   "con0=null,fd:1", "init=%s/init" % top, "uml_dir=" + top, "uml_mods=" + MODULES,
                   "uml_python=" + os.path.realpath(sys.executable)]
        with open(top + "/console", "wb") as console:
            ended = _start(command, dict(os.environ, HOME=top, TMPDIR=top), console, limit)
        try:
            with open(top + "/results.json") as f:
                results = [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            results = None
        said = "".join(open(top + "/" + name, errors="replace").read()[-1500:]
                       for name in ("log", "console") if os.path.exists(top + "/" + name)).strip()
    how = "ended early" if ended else "did not end within %d s" % limit
    if results is None:
        raise NoKernel("the guest %s before its first job: %s" % (how, said))
    why = None if len(results) == len(jobs) and ended else "the guest %s: %s" % (how, said)
    return {r["name"]: r for r in results}, why
