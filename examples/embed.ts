/* Drives the element from outside: a recipe goes in as a property, events come out. */
import type { GanvasEditor } from '../src/ui/element.js';
import { defaultRecipe, type Recipe } from '../src/latent/recipe.js';

const editor = document.querySelector<GanvasEditor>('ganvas-editor');
const slider = document.querySelector<HTMLInputElement>('input');
const output = document.querySelector('output');

if (editor && slider && output) {
  editor.addEventListener('ganvas-load', (event) => {
    const { model } = event.detail;
    output.textContent = `ganvas-load: ${model.name}, ${model.resolution} px`;
    slider.disabled = false;
    slider.oninput = () => {
      editor.recipe = recipeFor(model.hash, slider.valueAsNumber);
    };
  });
  editor.addEventListener('ganvas-change', (event) => {
    output.textContent = `ganvas-change: ${event.detail.recipe.edits.map((edit) => `${edit.name} ${edit.strength}`).join(', ')}`;
  });
  editor.addEventListener('ganvas-error', (event) => {
    output.textContent = `ganvas-error: ${event.detail.message}`;
  });
}

/** The picture the page opens with (`recipe` in the HTML), moved along one direction. */
function recipeFor(model: string, strength: number): Recipe {
  const direction = { method: 'sefa', layers: 'all', index: 0 } as const;
  return {
    ...defaultRecipe(model, 11),
    truncation: { psi: 0.7, cutoff: null },
    edits: [{ name: 'first direction', direction, strength, layers: 'all', muted: false }],
  };
}
