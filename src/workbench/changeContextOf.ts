import type { ChangeContext } from '../editing/changeContext.js';
import type { DirectionLibrary } from './directionLibrary.js';
import type { GeneratorSession } from './session.js';

/** What the open model and its directions allow a recipe to become. Its layers are looked for when a change asks for them. */
export function changeContextOf({
  session,
  directions,
}: {
  readonly session: GeneratorSession;
  readonly directions: DirectionLibrary;
}): ChangeContext {
  const { zDim, wDim, numWs, cDim, latentSpaces, takesTransform } = session.summary;
  return {
    zDim,
    wDim,
    numWs,
    cDim,
    latentSpaces,
    takesTransform,
    directions: directions.available(),
    get featureLayers() {
      return new Map(session.featureLayers().map((layer) => [layer.name, layer]));
    },
  };
}
