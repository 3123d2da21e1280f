import { GanvasError } from '../engine/errors.js';
import type { LabelBoundary } from '../discovery/labelFit.js';
import type { LabelFit, LabelledConcept, PictureLabel } from './discoveryApi.js';
import type * as tools from './discoveryTools.js';
import { putInPlace } from './foundList.js';
import type { LabelGround } from './labelGround.js';
import type { GeneratorSession } from './session.js';
import type { Stage } from './stage.js';

interface Concept {
  readonly labels: readonly PictureLabel[];
  /** Of its direction; null before there is one. */
  readonly id: string | null;
}

/** The axes of a model, and the class that they are of. */
interface KnownGround {
  readonly session: GeneratorSession;
  readonly class: number | null;
  readonly ground: Promise<LabelGround>;
}

/** Directions from pictures that the user has judged. */
export class LabelDesk {
  private readonly concepts = new Map<string, Concept>();
  private known: KnownGround | null = null;
  /** Clicks come faster than fits: one after the other, so that the last one counts. */
  private turn: Promise<unknown> = Promise.resolve();

  /** @param changed hears of every direction that has been fitted */
  constructor(
    private readonly stage: Stage,
    private readonly loadTools: () => Promise<typeof tools>,
    private readonly changed: () => void,
  ) {}

  fit(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit> {
    const fitted = this.turn.then(() => this.fitNow(checkedName(concept), labels));
    this.turn = fitted.catch(() => undefined);
    return fitted;
  }

  labels(): readonly LabelledConcept[] {
    return [...this.concepts].map(([concept, { labels }]) => ({ concept, labels }));
  }

  /** Labels that were kept, or none: another model is open. */
  startFrom(kept: readonly LabelledConcept[]): void {
    this.concepts.clear();
    this.known = null;
    const fitted = this.stage.directions().all();
    const named = new Map(
      fitted
        .filter(({ direction }) => direction.provenance.method === 'labels')
        .map(({ id, direction }) => [direction.provenance.parameters['concept'], id]),
    );
    for (const { concept, labels } of kept) this.concepts.set(concept, { labels, id: named.get(concept) ?? null });
  }

  private async fitNow(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit> {
    const { fitLabels, labelDirection, latentsOfSeeds } = await this.loadTools();
    const session = this.stage.session();
    const engine = await this.stage.engine();
    const { class: label } = this.stage.recipe();
    const ground = await this.groundOf(session, label);
    const seeds = labels.map(({ seed }) => seed);
    const latents = await latentsOfSeeds(engine, session.opened.generator, {
      seeds,
      space: ground.space,
      class: label,
    });
    const boundary = fitLabels(
      ground.axes,
      latents,
      labels.map(({ positive }) => positive),
    );
    if (this.stage.session().summary.hash !== session.summary.hash) {
      throw new GanvasError('cancelled', 'Another model has been opened.');
    }
    const direction = labelDirection(concept, boundary, ground, session);
    const earlier = this.concepts.get(concept)?.id ?? null;
    const id =
      direction === null ? earlier : putInPlace(this.stage.directions(), this.stage.recipe(), earlier, direction);
    this.concepts.set(concept, { labels: [...labels], id });
    this.changed();
    return summaryOf(boundary, direction === null ? null : id);
  }

  private async groundOf(session: GeneratorSession, label: number | null): Promise<LabelGround> {
    const { known } = this;
    if (known?.session === session && known.class === label) return known.ground;
    const { labelGround } = await this.loadTools();
    const ground = labelGround(await this.stage.engine(), session, label);
    this.known = { session, class: label, ground };
    // What has failed is tried again by the next click.
    ground.catch(() => {
      if (this.known?.ground === ground) this.known = null;
    });
    return ground;
  }
}

function summaryOf(
  { accuracy, positives, negatives, moreClicks, advice }: LabelBoundary,
  directionId: string | null,
): LabelFit {
  return { directionId, accuracy, positives, negatives, moreClicks, advice };
}

/** @throws GanvasError `name-empty` */
export function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '') return trimmed;
  throw new GanvasError('name-empty', 'A direction needs a name. Say in a word or two what it changes.');
}
