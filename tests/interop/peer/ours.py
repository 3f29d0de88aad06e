"""ours - ipsec-ike initiate and respond, running in a namespace: what it prints, line by line."""
import json
import signal
import subprocess
import tempfile
import threading
import time

LIMIT = 60			# seconds that anything may take: hit only where something is broken


class Ours:
    def __init__(self, space, argv, folder, stdin=subprocess.DEVNULL):
        self.lines, self.ended = [], False
        self.more = threading.Condition()
        self.errors = tempfile.TemporaryFile("a+", dir=folder)
        self.keylog, self.capture = folder + "/ours.keys", folder + "/ours.pcap"
        self.process = subprocess.Popen(space.command(*argv), stdout=subprocess.PIPE, stderr=self.errors, stdin=stdin)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.more:
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    self.lines.append({"type": "no JSON", "line": line.decode("latin-1")})
                self.more.notify_all()
        with self.more:
            self.ended = True
            self.more.notify_all()

    def wait(self, ready, limit=None):
        """Until ready(self) is true; False when it ended, or time is up."""
        until = time.monotonic() + (limit or LIMIT)
        with self.more:
            while not ready(self):
                if self.ended or not self.more.wait(max(0, until - time.monotonic())):
                    return bool(ready(self))
            return True

    def events(self, *names):
        """Those of these names, without "ike-" before them."""
        return [x for x in list(self.lines) if x.get("type") == "event" and x.get("event", "").replace("ike-", "",
                                                                                                       1) in names]

    def sas(self):
        """Descriptors, in the order they came."""
        return [x for x in list(self.lines) if x.get("type", "sa") == "sa"]

    def wait_event(self, name, count=1, limit=None):
        return self.wait(lambda o: len(o.events(name)) >= count, limit)

    def wait_sas(self, count=2, limit=None):
        return self.wait(lambda o: len(o.sas()) >= count, limit)

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, sign=signal.SIGTERM):
        """Its exit status; None when it had to be killed."""
        if self.process.poll() is None and sign:
            self.process.send_signal(sign)
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            return None
        self.reader.join()
        return self.process.returncode

    def raw(self, path):
        """The descriptors as a file."""
        with open(path, "w") as f:
            f.writelines(json.dumps(sa) + "\n" for sa in self.sas())

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.errors.close()
