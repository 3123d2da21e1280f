/** Numbers as people read them: a true minus sign, a plus where direction matters, no trailing zeros. */

function trimmed(value: number, digits: number): string {
  const rounded = Number(value.toFixed(digits));
  return Math.abs(rounded).toString();
}

export function formatSigned(value: number, digits = 2): string {
  const text = trimmed(value, digits);
  if (text === '0') return '0';
  return (value < 0 ? '\u2212' : '+') + text;
}

export function formatPlain(value: number, digits = 2): string {
  const text = trimmed(value, digits);
  return value < 0 && text !== '0' ? '\u2212' + text : text;
}

/** Accepts what `formatSigned` prints, a decimal comma, and surrounding spaces; null when it is not a number. */
export function parseNumber(text: string): number | null {
  const plain = text
    .trim()
    .replace(/[\u2212\u2013]/g, '-')
    .replace(',', '.');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 10_000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function formatCount(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e3) return `${Math.round(value / 1e3)} k`;
  return String(value);
}

export function formatPercent(fraction: number): string {
  return `${Math.round(fraction * 100)}\u202f%`;
}

/** "0:12 left" */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest} left` : `${minutes}:${rest} left`;
}
