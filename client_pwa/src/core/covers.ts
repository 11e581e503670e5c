// A deletion hides and an approval holds only what its author had been shown.

import { byCodePoint } from "./canonical";
import type { Heads, Mask } from "./heads";
import { lastPart, rowPrefixes } from "./paths";

const NO_CONTENT = new Set(["@status", "@env", "@same_as", "@area", "@comment"]);

/** The changes of the content heads under a prefix; for a deletion, heads `@deleted: true` are no content. */
export interface Content {
  forDeletion: Mask;
  forApproval: Mask;
}

/** By prefix; "" is the record. */
export function contentMasks(heads: Heads): Map<string, Content> {
  const masks = new Map<string, Content>([["", { forDeletion: 0n, forApproval: 0n }]]);
  for (const [path, mask] of heads.masks) {
    const part = lastPart(path);
    const counted = NO_CONTENT.has(part) ? 0n : mask;
    let undone = counted;
    if (part === "@deleted") for (const index of heads.withValue(path, true)) undone &= ~(1n << BigInt(index));
    for (const prefix of ["", ...rowPrefixes(path)]) {
      const content = masks.get(prefix) ?? { forDeletion: 0n, forApproval: 0n };
      const isOwn = part === "@deleted" && prefix === deletedBy(path);
      masks.set(prefix, {
        forDeletion: isOwn ? content.forDeletion : content.forDeletion | undone,
        forApproval: isOwn ? content.forApproval : content.forApproval | counted,
      });
    }
  }
  return masks;
}

/** What a `@deleted` path deletes: `member/m7k2` or "" for the record. */
const deletedBy = (path: string) => path.replace(/\/?@deleted$/, "");

/** One of these heads has in its `seen` (or is) every change of the content. */
function isCovered(heads: Heads, by: readonly number[], content: Mask): boolean {
  return by.some((index) => (content & ~heads.shown[index]!) === 0n);
}

/** `hidden`: prefixes that are deleted ("" for the record); `uncovered`: prefixes of deletions that hide nothing,
 * because nobody who deleted had been shown everything. */
export class Deletions {
  readonly hidden: string[] = [];
  readonly uncovered: string[] = [];
  private readonly isHidden: Set<string>;

  constructor(heads: Heads, content: ReadonlyMap<string, Content>) {
    for (const path of heads.masks.keys()) {
      if (lastPart(path) !== "@deleted") continue;
      const prefix = deletedBy(path);
      const deleting = heads.withValue(path, true);
      if (!deleting.length) continue;
      if (!isCovered(heads, deleting, content.get(prefix)!.forDeletion)) this.uncovered.push(prefix);
      else if (deleting.length === heads.of(path).length) this.hidden.push(prefix);
    }
    this.hidden.sort(byCodePoint);
    this.uncovered.sort(byCodePoint);
    this.isHidden = new Set(this.hidden);
  }

  /** Whether a path stands in a hidden row. */
  hides(path: string): boolean {
    return this.isHidden.size > 0 && rowPrefixes(path).some((prefix) => this.isHidden.has(prefix));
  }
}

/** There is an approval, and none covers. */
export function isChangedSinceApproval(heads: Heads, content: ReadonlyMap<string, Content>): boolean {
  const approving = heads.withValue("@status", "approved");
  return approving.length > 0 && !isCovered(heads, approving, content.get("")!.forApproval);
}
