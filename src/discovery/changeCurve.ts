/** How much a picture has changed at a few strengths, and what lies between them. */

/** Strengths and changes are positive; order does not matter. */
export interface ChangePoint {
  readonly strength: number;
  readonly change: number;
}

/**
 * A curve through measured points that never falls: a picture that comes nearer to where it was has still been changed on
 * the way. Between points it is a power of the strength, before the first it is proportional to it.
 */
export class ChangeCurve {
  private readonly points: readonly ChangePoint[];

  constructor(points: readonly ChangePoint[]) {
    let most = 0;
    this.points = points
      .filter(({ strength }) => strength > 0)
      .sort((a, b) => a.strength - b.strength)
      .map(({ strength, change }) => ({ strength, change: (most = Math.max(most, change)) }));
  }

  /** The change at a strength; beyond the last point that of the last point. */
  at(strength: number): number {
    const next = this.points.findIndex((point) => point.strength >= strength);
    const [before, after] = [this.points[next - 1], this.points[next]];
    if (after === undefined) return this.points.at(-1)?.change ?? 0;
    if (before === undefined || before.change === 0) {
      const from = before?.strength ?? 0;
      return (after.change * (strength - from)) / (after.strength - from);
    }
    return before.change * (strength / before.strength) ** exponent(before, after);
  }

  /** The smallest strength that changes the picture by as much; null when no measured one does. */
  strengthOf(change: number): number | null {
    const next = this.points.findIndex((point) => point.change >= change);
    const [before, after] = [this.points[next - 1], this.points[next]];
    if (after === undefined) return null;
    if (before === undefined || before.change === 0) {
      const from = before?.strength ?? 0;
      return from + ((after.strength - from) * change) / after.change;
    }
    return before.strength * (change / before.change) ** (1 / exponent(before, after));
  }
}

/** Of the power law through two points. */
function exponent(before: ChangePoint, after: ChangePoint): number {
  return Math.log(after.change / before.change) / Math.log(after.strength / before.strength);
}
