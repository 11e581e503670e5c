import type { Point } from "./places";

const LIMIT_MS = 60_000;

function pointOf({ coords }: GeolocationPosition): Point {
  const round = (value: number, places: number): number => Number(value.toFixed(places));
  return [round(coords.latitude, 7), round(coords.longitude, 7), round(coords.altitude ?? 0, 1), round(coords.accuracy, 1)];
}

/** One search for a position. It ends by itself at a good fix or after a minute: the battery pays for each second. */
export class PositionSearch {
  best = $state<Point | null>(null);
  seconds = $state(0);
  state = $state<"idle" | "seeking" | "denied" | "none">("idle");
  #watch: number | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #started = 0;

  /** `good_m`: the accuracy that ends the search. `done` is given the best fix when it ends. */
  start(good_m: number, done: (point: Point) => void): void {
    this.stop();
    this.best = null;
    this.seconds = 0;
    if (!("geolocation" in navigator)) {
      this.state = "denied";
      return;
    }
    this.state = "seeking";
    this.#started = Date.now();
    this.#clock = setInterval(() => this.#tick(done), 1000);
    this.#watch = navigator.geolocation.watchPosition(
      (position) => {
        const point = pointOf(position);
        if (this.best === null || point[3] <= this.best[3]) this.best = point;
        if (this.best[3] <= good_m) this.#finish(done);
      },
      (error) => {
        if (error.code !== error.PERMISSION_DENIED) return;
        this.stop();
        this.state = "denied";
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: LIMIT_MS },
    );
  }

  /** Ends the search with what there is. */
  use(done: (point: Point) => void): void {
    this.#finish(done);
  }

  stop(): void {
    if (this.#watch !== undefined) navigator.geolocation.clearWatch(this.#watch);
    clearInterval(this.#clock);
    this.#watch = undefined;
    this.state = "idle";
  }

  #tick(done: (point: Point) => void): void {
    this.seconds = Math.floor((Date.now() - this.#started) / 1000);
    if (this.seconds * 1000 >= LIMIT_MS) this.#finish(done);
  }

  #finish(done: (point: Point) => void): void {
    this.stop();
    if (this.best === null) this.state = "none";
    else done(this.best);
  }
}
