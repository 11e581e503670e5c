import type { WordKey } from "./words";

/** What is wrong with a new PIN that was typed twice; null: nothing. */
export function pinTrouble(first: string, second: string): WordKey | null {
  if (!/^\d{4,12}$/.test(first)) return "pin.short";
  if (isEasy(first)) return "pin.easy";
  return first === second ? null : "pin.differ";
}

/** 1111, 1234, 9876: the first that anybody tries. */
function isEasy(pin: string): boolean {
  const steps = [...pin].slice(1).map((digit, place) => Number(digit) - Number(pin[place]));
  return steps.every((step) => step === steps[0] && Math.abs(step) <= 1);
}
