#!/usr/bin/python3
"""page.py - the page of ipsec-inspect --html in headless Chromium.

usage: page.py BIN-DIR CASE-DIR... [--shots DIR]

Each case's page is opened at two widths, in light and dark: no error on the console, no request but for the page itself, nothing
wider than the window but what scrolls by itself; without scripts all findings and pictures are there; with them plots zoom, by
keyboard alone; every link leads somewhere; hostile text stays text.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

bad = 0


def check(ok, what, why=""):
    global bad
    print(("ok" if ok else "not ok") + " page " + what + ("" if ok else ": " + str(why)[:300]))
    bad += not ok


class Chromium:
    """The DevTools protocol over a pair of pipes: JSON, each message ended by a NUL."""

    def __init__(self, profile):
        a, self.to = os.pipe()
        self.of, b = os.pipe()
        os.set_inheritable(a, True)
        os.set_inheritable(b, True)

        def pipes():
            os.dup2(a, 3)
            os.dup2(b, 4)
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--no-first-run",
             "--user-data-dir=" + profile, "about:blank"], preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(a)
        os.close(b)
        self.buffer, self.id, self.events, self.session = b"", 0, [], None

    def read(self):
        while b"\0" not in self.buffer:
            more = os.read(self.of, 65536)
            if not more:
                raise AssertionError("chromium ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        self.id += 1
        message = {"id": self.id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            m = self.read()
            if m.get("id") == self.id:
                if "error" in m:
                    raise AssertionError("%s: %s" % (method, m["error"]))
                return m["result"]
            self.events.append(m)

    def wait(self, method):
        while True:
            for i, m in enumerate(self.events):
                if m.get("method") == method:
                    return self.events.pop(i)
            self.events.append(self.read())

    def tab(self):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(domain + ".enable")
        return target

    def close(self, target):
        self.session = None
        self.ask("Target.closeTarget", targetId=target)
        self.events = []

    def js(self, text):
        r = self.ask("Runtime.evaluate", expression=text, returnByValue=True)
        if "exceptionDetails" in r:
            raise AssertionError(r["exceptionDetails"])
        return r["result"].get("value")

    def key(self, key, text=None):
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowRight": 39}
        for kind in ("keyDown", "keyUp"):
            params = {"type": kind, "key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0]))}
            if kind == "keyDown" and (text or key == "Enter"):
                params["text"] = text or "\r"
            self.ask("Input.dispatchKeyEvent", **params)


def look(c, path, name, width, scheme, shots):
    what = "%s at %d, %s: " % (name, width, scheme)
    target = c.tab()
    c.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    c.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    c.ask("Page.navigate", url="file://" + path)
    c.wait("Page.loadEventFired")
    buttons = c.js("document.querySelectorAll('figure[data-sa] button').length")
    check(c.js("document.documentElement.scrollWidth <= innerWidth"), what + "nothing is wider than the window",
          c.js("document.documentElement.scrollWidth"))
    cut = c.js("[...document.querySelectorAll('svg text')].filter(t => { const b = t.getBBox(); return b.x < 0 || b.x + b.width > t.ownerSVGElement.viewBox.baseVal.width })"
               ".map(t => t.textContent)")
    check(not cut, what + "no words are cut off", cut)
    empty = c.js("[...document.querySelectorAll('section')].filter(s => s.children.length < 2 || s.textContent.trim() === s.querySelector('h2').textContent).map(s => s.id)")
    check(not empty, what + "no heading without anything", empty)
    check(c.js("[...document.querySelectorAll('section')].every(s => document.querySelector('nav a[href=\"#' + s.id + '\"]'))"), what + "all parts can be gone to")
    check(c.js("[...document.querySelectorAll('svg .tick')].every(t => !/e[+]/.test(t.textContent))"), what + "no figure is written with an exponent")
    check(c.js("[...document.querySelectorAll('a[href]')].every(a => document.querySelector(a.getAttribute('href')))"), what + "links lead somewhere",
          c.js("[...document.querySelectorAll('a[href]')].filter(a => !document.querySelector(a.getAttribute('href'))).map(a => a.getAttribute('href'))"))
    if buttons:
        for _ in range(400):
            c.key("Tab")
            if c.js("document.activeElement.tagName") == "BUTTON":
                break
        c.key("Enter")
        check(c.js("document.querySelectorAll('.uplot').length") == 1, what + "a plot is opened by keyboard")
        before = c.js("document.querySelector('.u-legend') !== null && document.activeElement.tagName")
        c.key("+", "+")
        c.key("ArrowRight")
        c.key("Escape")
        check(before == "FIGURE", what + "it has the focus then", before)
    if shots:
        png = c.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        open("%s/%s-%d-%s.png" % (shots, name, width, scheme), "wb").write(base64.b64decode(png))
    c.js("1")
    wrong = [m["params"] for m in c.events if m.get("method") == "Runtime.exceptionThrown" or
             (m.get("method") == "Log.entryAdded" and m["params"]["entry"]["level"] in ("error", "warning")) or
             (m.get("method") == "Runtime.consoleAPICalled" and m["params"]["type"] in ("error", "warning"))]
    check(not wrong, what + "no error on the console", wrong)
    asked = [m["params"]["request"]["url"] for m in c.events if m.get("method") == "Network.requestWillBeSent"]
    check(all(url.startswith("file://" + path) for url in asked), what + "no request to the network", asked)
    c.close(target)
    return buttons


def without_scripts(c, path, name, want):
    target = c.tab()
    c.ask("Emulation.setScriptExecutionDisabled", value=True)
    c.ask("Page.navigate", url="file://" + path)
    c.wait("Page.loadEventFired")
    root = c.ask("DOM.getDocument", depth=-1)["root"]["nodeId"]
    count = {s: len(c.ask("DOM.querySelectorAll", nodeId=root, selector=s)["nodeIds"]) for s in ("article", "svg", "button")}
    check(count["article"] == want and count["svg"] > 0 and count["button"] == 0, name + ": without scripts all is there", count)
    c.close(target)


def hostile(c, tools, case, work):
    """Names of files are the user's, but those of captures come with them; identities are the peer's."""
    evil = work + "/<img src=x onerror=alert(1)>&quot;</script><script>alert(2)<"
    evil = evil.replace("/script", "_script")
    os.makedirs(os.path.dirname(evil), exist_ok=True)
    with open(case + "/wire.pcap", "rb") as f, open(evil, "wb") as g:
        g.write(f.read())
    page = work + "/hostile.html"
    subprocess.run([tools + "/ipsec-inspect", "-q", "-r", evil, "--html", page], stdout=subprocess.DEVNULL)
    target = c.tab()
    c.ask("Page.navigate", url="file://" + page)
    c.wait("Page.loadEventFired")
    check(c.js("document.images.length") == 0 and c.js("document.scripts.length") == 3 and "<img" in c.js("document.querySelector('h1').textContent"),
          "hostile text stays text", c.js("document.querySelector('h1').innerHTML"))
    check(c.js("(() => { const s = document.createElement('script'); s.textContent = 'window.evil = 1'; document.body.append(s); return window.evil })()") is None,
          "the content policy lets no other script run")
    c.close(target)


def says_all(c, tools, case, work):
    """What the text report says is on the page, too: hosts, NAT, outcomes; and no sentence that is not true."""
    def opened(*args, **more):
        page = work + "/says.html"
        subprocess.run([tools + "/ipsec-inspect", "-q", *args, "--html", page], stdout=subprocess.DEVNULL, **more)
        c.ask("Page.navigate", url="file://" + page)
        c.wait("Page.loadEventFired")

    def text(part):
        return c.js("document.querySelector('%s') ? document.querySelector('%s').innerText : ''" % (part, part))
    target = c.tab()
    nat = os.path.dirname(case) + "/nat-masquerade-gcm"
    opened("-r", nat + "/wire.pcap", "--keys", nat + "/initiator.log")
    lines = subprocess.run([tools + "/ipsec-inspect", "-q", "-r", nat + "/wire.pcap", "--keys", nat + "/initiator.log"], capture_output=True, text=True).stdout
    hosts = re.findall(r"^(\d+\.\d+\.\d+\.\d+) +\d+ ", lines, re.M)
    check(len(hosts) > 1 and all(h in text("#hosts") for h in hosts) and "behind a NAT" in text("#hosts"), "hosts are there, and the NAT", text("#hosts"))
    check("(udp)" in lines and "(udp)" in text("#tunnels"), "ESP in UDP is called so", text("#tunnels")[:200])
    check(": up" in text("#negotiations figcaption"), "what became of negotiations", text("#negotiations figcaption"))
    fail = os.path.dirname(os.path.dirname(case)) + "/ike/strongswan/fail-wrong-psk"
    opened("-r", fail + "/wire.pcap", "--keys", fail + "/initiator.log")
    check("auth-failed" in text("#negotiations .bad"), "and that one failed", text("#negotiations"))
    plain = os.path.dirname(os.path.dirname(case)) + "/kernel/esp-tun44-aes128gcm16-w256-noesn/wire.pcap"
    opened("-r", plain)
    check(not text("#negotiations") and "pipe" not in text("#packets") and "Nothing was found wrong" in text("#findings"),
          "nothing is said of IKE or pipes where there are none", text("#packets"))
    with subprocess.Popen(["cat", plain], stdout=subprocess.PIPE) as cat:
        opened(stdin=cat.stdout)
    check("pipe" in text("#packets"), "a pipe cannot be read again", text("#packets"))
    # more packets show it than are named
    dup = work + "/dup.pcap"
    data = open(plain, "rb").read()
    at, out = 24, [data[:24]]
    while at < len(data):
        n = 16 + int.from_bytes(data[at + 8:at + 12], "little")
        out += [data[at:at + n][:16 + 60]] if n < 76 else [data[at:at + 8] + (60).to_bytes(4, "little") + data[at + 12:at + 16 + 60]]
        at += n
    open(dup, "wb").write(b"".join(out))
    opened("-r", dup)
    frames = text("#findings .frames")
    check(re.search(r"9, \.\.\., \d+$", frames) is not None, "that there are more packets", frames)
    c.close(target)


def two(c, tools, case, work):
    page = work + "/two.html"
    subprocess.run([tools + "/ipsec-inspect", "-q", "-r", case + "/wire.pcap", "--other", case + "/wire.pcap", "--html", page], stdout=subprocess.DEVNULL)
    target = c.tab()
    c.ask("Page.navigate", url="file://" + page)
    c.wait("Page.loadEventFired")
    check(c.js("document.querySelectorAll('#compared tbody tr').length") > 0, "two captures are in the page")
    c.close(target)


def main():
    args = sys.argv[1:]
    shots = None
    if "--shots" in args:
        at = args.index("--shots")
        shots = args[at + 1]
        del args[at:at + 2]
        os.makedirs(shots, exist_ok=True)
    tools, *cases = args
    plots = 0
    with tempfile.TemporaryDirectory() as work:
        c = Chromium(work + "/profile")
        for case in cases:
            name, page = os.path.basename(case), work + "/page.html"
            keys = []
            for log in ("initiator.log", "responder.log"):
                keys += ["--keys", case + "/" + log] if os.path.exists(case + "/" + log) else []
            if os.path.exists(case + "/xfrm-state.txt"):
                keys += ["--sa", case + "/xfrm-state.txt"]
            r = subprocess.run([tools + "/ipsec-inspect", "--json", "-r", case + "/wire.pcap", *keys, "--html", page], capture_output=True)
            found = len(re.findall(rb'"event":"finding"', r.stdout))
            without_scripts(c, page, name, found)
            for width, scheme in ((1200, "light"), (400, "dark")):
                plots += look(c, page, name, width, scheme, shots)
        hostile(c, tools, cases[0], work)
        says_all(c, tools, next(case for case in cases if "/interop/strongswan/" in case), work)
        two(c, tools, cases[0], work)
        check(plots > 0, "some plots could be opened")
        c.session = None
        c.ask("Browser.close")
        c.process.wait(20)
    sys.exit(bad != 0)


main()
