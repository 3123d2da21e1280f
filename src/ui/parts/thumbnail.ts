import { property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import type { EditorSession } from '../session/editorSession.js';
import { Picture } from './picture.js';

/** The picture of a seed, asked for once it comes into view and again when truncation, noise or class change. */
export class Thumbnail extends Picture {
  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ type: Number }) seed = 0;
  /** Comes before the others. */
  @property({ type: Boolean }) urgent = false;
  /** Changes when the picture no longer holds; the old one stays till the new one arrives. */
  @property() context = '';

  private observer: IntersectionObserver | null = null;
  private visible = false;
  private shownModel = '';
  private cancel: () => void = () => undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new IntersectionObserver(
      ([entry]) => {
        const visible = entry?.isIntersecting ?? false;
        if (visible === this.visible) return;
        this.visible = visible;
        this.ask();
      },
      { rootMargin: '120px' },
    );
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.visible = false;
    this.cancel();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    const model = this.session?.previews.model ?? '';
    // What truncation or noise have changed stays until it is drawn anew; another model's picture would deceive.
    if (model !== this.shownModel) this.pixels = null;
    this.shownModel = model;
    if (changed.has('seed') || changed.has('context') || changed.has('session')) this.ask();
  }

  private ask(): void {
    this.cancel();
    this.cancel = () => undefined;
    if (!this.visible || this.session === null || this.context === '') return;
    this.cancel = this.session.previews.thumbnail(this.seed, this.urgent, (pixels) => (this.pixels = pixels));
  }
}
