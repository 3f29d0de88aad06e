"""prove - that the judges can say no: what our end printed is changed a little, and each change must be seen."""
import copy
import json

import case as judge
from case import Case
from lab import Failed, need


def other_digit(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def seen(lab, what):
    sa = lab.peer.sas()[0]
    try:
        judge.same_keys(lab, sa)
    except Failed:
        return
    need(False, "the judge does not see %s", what)


def judges_see(lab, case):
    true = copy.deepcopy(lab.us.lines)
    numbers = [i for i, x in enumerate(true) if x.get("type", "sa") == "sa"]
    for name, change in (("another key", lambda sa: sa.update(encr_key=other_digit(sa["encr_key"]))),
                         ("another SPI", lambda sa: sa.update(spi=other_digit(sa["spi"]))),
                         ("the other direction", lambda sa: sa.update(dir={"in": "out", "out": "in"}[sa["dir"]]))):
        for i in numbers:
            lab.us.lines = copy.deepcopy(true)
            change(lab.us.lines[i])
            seen(lab, name)
    lab.us.lines = [x for i, x in enumerate(true) if i != numbers[0]]
    seen(lab, "a descriptor that is missing")
    lab.us.lines = true
    judge.same_keys(lab, lab.peer.sas()[0])
    with open(lab.us.keylog) as f:
        text = f.read()
    for name in ("sk_d", "sk_ei", "sk_pr", "spi_r"):
        line = json.loads(text.splitlines()[0])
        line[name] = other_digit(line[name])
        with open(lab.us.keylog, "w") as f:
            f.write(json.dumps(line) + "\n")
        seen(lab, "another %s in the key log" % name)
    with open(lab.us.keylog, "w") as f:
        f.write(text)


def cases():
    for by in ("us", "peer"):
        yield Case("prove-judges-" + by, by, then=(judges_see,))
