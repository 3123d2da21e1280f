import type { DirectionMeasures } from '../metrics/directionMeasures.js';

/** A direction as the faces list it; its numbers stay with the workbench. */
export interface DirectionSummary {
  readonly id: string;
  readonly name: string;
  readonly method: string;
  readonly space: 'z' | 'w' | 'w+';
  readonly layers: string;
  readonly unit: string;
  /**
   * The method's own figures, and where they are known: `sigma`, one standard deviation of the model's latents along it in
   * units of strength; `effect`, how much it changes the picture for its length beside random directions; `range`, the
   * strength at which a slider ends so that all sliders change pictures about equally.
   */
  readonly statistics: Readonly<Record<string, number>>;
  readonly starred: boolean;
  /** What it does to pictures, once measured. */
  readonly measures: DirectionMeasures | null;
}
