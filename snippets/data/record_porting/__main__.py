"""Record all conventions, or those of the libraries that are named."""

import argparse
import os
from pathlib import Path

from snippets.data import record_porting
from snippets.training import results

RESULT = Path("snippets/data/porting.json")


def main() -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")  # keras reads it when it is imported
    from snippets.data.record_porting import models
    from snippets.data.record_porting.attending import ALIBI, CAUSAL, NORMS, recorded
    from snippets.data.record_porting.elsewhere import ELSEWHERE
    from snippets.data.record_porting.in_torch import IN_TORCH
    from snippets.data.record_porting.turning import convention

    work = {("conventions", one.library): lambda one=one: convention(one) for one in (*IN_TORCH, *ELSEWHERE)}
    for part, calls, name in (("causal", CAUSAL, "seen"), ("alibi", ALIBI, "step back"), ("norms", NORMS, "side")):
        work |= {(part, one.library): lambda one=one, name=name: recorded(one, name) for one in calls}

    parser = argparse.ArgumentParser(
        description=record_porting.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = [*dict.fromkeys(name for pair in work for name in pair), "models"]
    parser.add_argument("parts", nargs="*", metavar="NAME", help="a list or a library; all of it if not said")
    asked = parser.parse_args().parts or parts
    if unknown := set(asked) - set(parts):
        parser.error(f"{sorted(unknown)} is none of {parts}")

    found = results.read(RESULT) if RESULT.exists() else {}
    known = {
        (part, one["library"]): one
        for part in ("conventions", "causal", "alibi", "norms")
        for one in found.get(part, [])
    }
    for part, library in work:
        if part in asked or library in asked:
            try:
                known[part, library] = work[part, library]()
            except ModuleNotFoundError as missing:
                print(f"{library}: not recorded, {missing}")
    found |= results.signed(models.SETTINGS)
    for part in ("conventions", "causal", "alibi", "norms"):
        found[part] = [known[pair] for pair in work if pair[0] == part and pair in known]
    if "models" in asked:
        found["models"] = models.models()
    results.write(RESULT, found)


if __name__ == "__main__":
    main()
