import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** What the keys do; each returns nothing and decides itself whether there is anything to do. */
export interface ShortcutActions {
  readonly enabled: () => boolean;
  readonly before: (on: boolean) => void;
  /** The inverted picture over the stage. */
  readonly compare: (on: boolean) => void;
  readonly randomSeed: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly take: (index: number) => void;
  readonly nudge: (by: number, phase: 'preview' | 'commit') => void;
  readonly mute: () => void;
  readonly star: () => void;
  readonly search: () => void;
  readonly help: () => void;
}

const steps = { coarse: 0.1, fine: 0.01 };

/**
 * Single-key shortcuts of the editor under the pointer's or the focus' care. They rest while something is typed, and
 * keys that a focused control needs stay with the control.
 */
export class Shortcuts implements ReactiveController {
  /** A control that was clicked keeps the focus, but Space then means before/after, not another click. */
  private byKeyboard = false;
  /** What to do when the key that is held comes up. */
  private held: { readonly key: string; readonly end: () => void } | null = null;
  private nudged = 0;

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly actions: ShortcutActions,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('keydown', this.onKeyDown);
    addEventListener('keyup', this.onKeyUp);
    addEventListener('blur', this.onBlur);
    addEventListener('pointerdown', this.onPointer, true);
    addEventListener('keydown', this.onAnyKey, true);
  }

  hostDisconnected(): void {
    removeEventListener('keydown', this.onKeyDown);
    removeEventListener('keyup', this.onKeyUp);
    removeEventListener('blur', this.onBlur);
    removeEventListener('pointerdown', this.onPointer, true);
    removeEventListener('keydown', this.onAnyKey, true);
  }

  private readonly onPointer = (): void => void (this.byKeyboard = false);

  private readonly onAnyKey = (event: KeyboardEvent): void => {
    if (event.key === 'Tab' || event.key.startsWith('Arrow')) this.byKeyboard = true;
  };

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !this.concerns(event)) return;
    if (event.ctrlKey || event.metaKey) return this.onChord(event);
    if (event.altKey || !this.actions.enabled()) return;
    if (this.run(event)) event.preventDefault();
  };

  /** Ctrl+Z and friends work even when single keys are turned off. */
  private onChord(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) this.actions.redo();
    else this.actions.undo();
  }

  private run(event: KeyboardEvent): boolean {
    const { actions } = this;
    const { key } = event;
    if (key === ' ') return this.startBefore(event);
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      this.nudged = (key === 'ArrowRight' ? 1 : -1) * (event.shiftKey ? steps.fine : steps.coarse);
      actions.nudge(this.nudged, 'preview');
      return true;
    }
    if (event.repeat) return false;
    if (/^[1-9]$/.test(key)) actions.take(Number(key) - 1);
    else if (key === 't' || key === 'T') this.hold('t', actions.compare);
    else if (key === '/') actions.search();
    else if (key === '?') actions.help();
    else if (key === 'Z') actions.redo();
    else if (key === 'z') actions.undo();
    else if (key === 'r' || key === 'R') actions.randomSeed();
    else if (key === 'm' || key === 'M') actions.mute();
    else if (key === 's' || key === 'S') actions.star();
    else return false;
    return true;
  }

  private startBefore(event: KeyboardEvent): boolean {
    if (this.byKeyboard && isPressable(event.composedPath()[0])) return false;
    if (!event.repeat) this.hold(' ', this.actions.before);
    return true;
  }

  private hold(key: string, action: (on: boolean) => void): void {
    this.onBlur();
    this.held = { key, end: () => action(false) };
    action(true);
  }

  private readonly onKeyUp = (event: KeyboardEvent): void => {
    if (this.held !== null && event.key.toLowerCase() === this.held.key) {
      // Some browsers click a focused button on the way up.
      event.preventDefault();
      this.onBlur();
    }
    if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && this.nudged !== 0) {
      this.nudged = 0;
      this.actions.nudge(0, 'commit');
    }
  };

  private readonly onBlur = (): void => {
    const { held } = this;
    this.held = null;
    held?.end();
  };

  /** Keys typed nowhere in particular, or inside this editor but not into a field. */
  private concerns(event: KeyboardEvent): boolean {
    const path = event.composedPath();
    const [target] = path;
    const nowhere = target === document.body || target === document.documentElement;
    return (nowhere || path.includes(this.host)) && !isTyping(target);
  }
}

function isTyping(target: EventTarget | undefined): boolean {
  if (target instanceof HTMLInputElement)
    return !['range', 'radio', 'checkbox', 'button', 'file'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || isEditable(target);
}

function isEditable(target: EventTarget | undefined): boolean {
  return target instanceof HTMLElement && target.isContentEditable;
}

function isPressable(target: EventTarget | undefined): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'range';
  return target instanceof HTMLButtonElement;
}
