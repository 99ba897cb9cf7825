/** A time between two moments as a short text: `7 ms`, `1.25 s`, `2 min 5 s`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole} ms`;
  const hundredths = Math.round(whole / 10);
  if (hundredths < 6_000) return `${(hundredths / 100).toFixed(2)} s`;
  const seconds = Math.round(whole / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
