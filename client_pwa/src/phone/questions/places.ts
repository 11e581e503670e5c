import { parseNumber } from "../../ui/format";
import type { Lang } from "../../ui/settings.svelte";

/** `[lat, lon, alt, accuracy_m]`, as a geopoint is stored; an accuracy of 0: nobody knows. */
export type Point = [number, number, number, number];

const RADIUS_M = 6_371_008.8;
const RAD = Math.PI / 180;

/** Metres east and north of the first point: flat, which holds for what can be walked around. */
export function flattened(points: Point[]): [number, number][] {
  const [lat, lon] = points[0] ?? [0, 0];
  return points.map((point) => [(point[1] - lon) * RAD * RADIUS_M * Math.cos(lat * RAD), (point[0] - lat) * RAD * RADIUS_M]);
}

export function length_m(points: Point[]): number {
  const flat = flattened(points);
  return flat.slice(1).reduce((sum, [x, y], place) => sum + Math.hypot(x - flat[place]![0], y - flat[place]![1]), 0);
}

/** What the points enclose (Gauss's shoelace), whether or not the last repeats the first. */
export function area_m2(points: Point[]): number {
  const flat = flattened(points);
  const twice = flat.reduce((sum, [x, y], place) => {
    const [nextX, nextY] = flat[(place + 1) % flat.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** A shape's corners without the one that closes it. */
export function corners(points: Point[]): Point[] {
  const [first, last] = [points[0], points[points.length - 1]];
  const isClosed = points.length > 3 && first![0] === last![0] && first![1] === last![1];
  return isClosed ? points.slice(0, -1) : points;
}

/** A shape as it is stored: from three corners on it ends where it began. */
export function closed(points: Point[]): Point[] {
  return points.length < 3 ? points : [...points, points[0]!];
}

/** `12,03125; 108,4405` as people type or paste it: parted by a semicolon, a space, or a comma where that is no decimal mark. */
export function parsePoint(typed: string, lang: Lang): Point | null {
  const text = typed.trim();
  const parted = text.includes(";") ? text.split(";") : /\s/.test(text) ? text.split(/[\s,]*\s[\s,]*/) : text.split(",");
  if (parted.length !== 2) return null;
  const [lat, lon] = parted.map((part) => degrees(part!.trim(), lang));
  if (lat === undefined || lon === undefined || !(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) return null;
  return [lat, lon, 0, 0];
}

// Degrees are never grouped: a lone dot or comma is the decimal mark.
function degrees(text: string, lang: Lang): number {
  if (/^-?\d{1,3}[.,]\d+$/.test(text)) return Number(text.replace(",", "."));
  const read = parseNumber(text, lang, true);
  return read.kind === "number" ? read.value : NaN;
}
