import { BenchPage } from './benchPage.js';

customElements.define('ganvas-bench', BenchPage);
