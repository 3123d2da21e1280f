import { GanvasEditor } from './element.js';

export { GanvasEditor };

// Safe where there is no DOM, and where another copy of the page's bundle was first.
if (typeof customElements !== 'undefined' && typeof document !== 'undefined' && !customElements.get('ganvas-editor')) {
  customElements.define('ganvas-editor', GanvasEditor);
}
