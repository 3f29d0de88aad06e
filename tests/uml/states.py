"""states - `ip xfrm state add` commands as they are written: the kernel takes them, and has the same SAs then."""
import glob
import json
import subprocess

# What a dump has beside: where it was read, what was carried, when; a direction is the writer's guess.
BESIDE = ("origin", "created", "dir")


def sas(convert, path):
    """Descriptors by their name."""
    done = subprocess.run([convert, "native", path] if isinstance(path, str) else [convert, "native"] + path,
                          capture_output=True, text=True, check=True)
    out = {}
    for line in done.stdout.splitlines():
        sa = json.loads(line)
        for key in BESIDE:
            sa.pop(key, None)
        sa.get("life", {}).pop("used", None)
        # a dump has no direction, and says in its own way that the number was received
        if sa.get("x-xfrm", {}).pop("seq", None) and not sa["x-xfrm"]:
            del sa["x-xfrm"]
        if sa.get("seq") == "0x0":
            del sa["seq"]
        if not sa.get("life", True):
            del sa["life"]
        out[sa["proto"], sa["spi"], sa.get("dst")] = sa
    return out


class States:
    """source: files with SAs."""

    def __init__(self, name, convert, source, scratch):
        self.name, self.convert, self.scratch = "states " + name, convert, scratch
        done = subprocess.run([convert, "xfrm-add"] + source, capture_output=True, text=True, check=True)
        # Debian's kernel for User-Mode Linux has no ESP in TCP
        self.commands = [line for line in done.stdout.splitlines() if " encap espintcp " not in line]
        with open(scratch + "/add", "w") as f:
            f.write("\n".join(self.commands) + "\n")
        self.want = sas(convert, scratch + "/add")
        # what the kernel itself printed comes back whole; other descriptors say less than it prints
        if source[0].endswith("xfrm-state.txt"):
            self.want = sas(convert, source)

    def job(self):
        return {"name": self.name, "states": self.commands}

    def judge(self, result):
        """None, or why it failed."""
        if result is None or "error" in result:
            return result["error"] if result else "no result"
        with open(self.scratch + "/dump", "w") as f:
            f.write(result["states"])
        got = sas(self.convert, self.scratch + "/dump")
        for name in sorted(set(got) | set(self.want)):
            if got.get(name) != self.want.get(name):
                return "%s %s: differs in %s" % (*name[:2], sorted(
                    k for k in set(got.get(name, {})) | set(self.want.get(name, {}))
                    if got.get(name, {}).get(k) != self.want.get(name, {}).get(k)))
        return None if got else "no SA"


def cases(convert, folder, scratch):
    return [States("of the kernel", convert, sorted(glob.glob(folder + "/*/xfrm-state.txt")), scratch),
            States("of descriptors", convert, ["tests/sa/write.json"], scratch)]
