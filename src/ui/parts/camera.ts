const limits = { min: 0.25, max: 32 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Zoom and pan of the stage, relative to the fitted picture: wheel, pinch and drag move it, `fit` resets it. */
export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  private readonly pointers = new Map<number, Point>();

  constructor(private readonly changed: () => void) {}

  fit(): void {
    this.x = this.y = 0;
    this.scale = 1;
    this.changed();
  }

  /** About the middle. */
  zoom(factor: number): void {
    this.zoomAbout({ x: 0, y: 0 }, factor);
  }

  /** About the pointer: what lies under it stays there. */
  zoomAt(event: MouseEvent, frame: HTMLElement, factor: number): void {
    this.zoomAbout(fromMiddle(event, frame), factor);
  }

  press(event: PointerEvent, frame: HTMLElement): void {
    if (event.button !== 0) return;
    this.pointers.set(event.pointerId, fromMiddle(event, frame));
    if (this.scale !== 1 || this.pointers.size > 1) frame.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent, frame: HTMLElement): void {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = fromMiddle(event, frame);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other !== undefined) {
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this.zoomAbout(middle, distance(now, other) / Math.max(1, distance(before, other)));
    } else if (this.scale !== 1) {
      this.x += now.x - before.x;
      this.y += now.y - before.y;
      this.changed();
    }
  }

  release(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
  }

  private zoomAbout(point: Point, factor: number): void {
    const scale = Math.min(limits.max, Math.max(limits.min, this.scale * factor));
    const ratio = scale / this.scale;
    this.x = point.x - (point.x - this.x) * ratio;
    this.y = point.y - (point.y - this.y) * ratio;
    this.scale = scale;
    // Within a hundredth of fit it is fit: otherwise the picture would stay pannable by a hair.
    if (Math.abs(scale - 1) < 0.01) this.x = this.y = 0;
    this.changed();
  }
}

function fromMiddle(event: MouseEvent, frame: HTMLElement): Point {
  const box = frame.getBoundingClientRect();
  return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
