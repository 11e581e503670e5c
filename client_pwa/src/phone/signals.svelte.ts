import { withWhatShowsThem } from "../core/readers";
import type { OpenRecord } from "./pocket";

class Signal {
  count = $state(0);
}

/** What the screens of one open record follow: the record as a whole, one of its questions, what is durable. */
export class Signals {
  writing = $state(0);
  failed = $state(false);
  readonly stop: () => void;
  readonly #open: OpenRecord;
  readonly #whole = new Signal();
  readonly #saved = new Signal();
  readonly #byNode: Signal[];

  constructor(open: OpenRecord) {
    this.#open = open;
    // All at once: who makes a signal while something is worked out does not follow it.
    this.#byNode = open.form.nodes.map(() => new Signal());
    this.stop = open.subscribe((paths) => (paths?.length === 0 ? this.#saved.count++ : this.#tell(paths)));
  }

  /** Whoever reads it is told of every change that this node (-1: any) may show. */
  follow(node: number): void {
    void (this.#byNode[node] ?? this.#whole).count;
  }
  followSaving(): void {
    void this.#saved.count;
  }

  #tell(paths: string[] | null): void {
    this.#whole.count++;
    const { evaluation, form } = this.#open;
    const { moved } = evaluation;
    const all = !paths || !moved ? null : withWhatShowsThem(form, [...moved, ...paths.map((path) => evaluation.nodeAt(path))]);
    if (!all) for (const signal of this.#byNode) signal.count++;
    // Of a path that the form does not know there is none.
    else for (const node of all) if (node >= 0) this.#byNode[node]!.count++;
  }
}
