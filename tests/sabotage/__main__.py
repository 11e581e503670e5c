"""Shows each law of sync failing under a mistake in the real code: `python -m tests.sabotage`.

Exit 0: a test named after its law noticed every sabotage, and the same tests pass on the unmutated copy.
1: a sabotage survived, or a test fails without any. 2: a sabotage no longer fits its file, or there is none
of that name.
"""

from __future__ import annotations

import argparse
import sys
import time
from fnmatch import fnmatch

from tests.sabotage.catalogue import LAWS, Sabotage, misfits
from tests.sabotage.everything import SABOTAGES
from tests.sabotage.rounds import Copies, control, every, row


def main() -> int:
    options = _options()
    wrong = misfits(SABOTAGES)
    chosen = [each for each in SABOTAGES if _is_chosen(each, options)]
    if wrong or not chosen:
        print("\n".join(wrong) or "There is no such sabotage: --list names them all.", file=sys.stderr)
        return 2
    if options.list:
        for each in chosen:
            print(f"{each.law:>3}  {each.name:<50} {each.file}")
        return 0
    began = time.monotonic()
    with Copies(options.parallel, options.seed) as copies:
        is_sound = control(chosen, copies)
        verdicts = every(chosen, copies) if is_sound else {}
    for each in chosen if is_sound else []:
        print(row(each, verdicts[each.name]))
    caught = [each for each in chosen if each.name in verdicts and verdicts[each.name].is_noticed]
    print(
        f"{len(caught)} of {len(chosen)} sabotages noticed; {len({each.law for each in caught})} of"
        f" {len(LAWS)} laws shown failing; {time.monotonic() - began:.0f} s"
    )
    for each in chosen if is_sound else []:
        if each not in caught:
            print(f"SURVIVED  law {each.law}: {each.name} ({each.file})")
    return 0 if len(caught) == len(chosen) else 1


def _options() -> argparse.Namespace:
    says = "Every law of sync shown failing under a named fault in the real code."
    parser = argparse.ArgumentParser(prog="python -m tests.sabotage", description=says)
    parser.add_argument("--law", type=int, choices=LAWS, metavar="N", help="only those of this law")
    parser.add_argument(
        "--name", metavar="X", nargs="+", help="only these, or those of a pattern ('phone-*')"
    )
    parser.add_argument("--list", action="store_true", help="say what there is, run nothing")
    parser.add_argument("--parallel", type=int, default=2, metavar="N", help="copies at work at once (2)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of Hypothesis (0)")
    return parser.parse_args()


def _is_chosen(sabotage: Sabotage, options: argparse.Namespace) -> bool:
    is_of_law = options.law is None or sabotage.law == options.law
    return is_of_law and (not options.name or any(fnmatch(sabotage.name, each) for each in options.name))


if __name__ == "__main__":
    sys.exit(main())
