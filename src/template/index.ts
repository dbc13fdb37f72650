export { renderTemplate, type Rendered } from './render-template.js';
