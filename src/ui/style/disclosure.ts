import { css } from 'lit';

/** A native `details` whose summary wears the set's own chevron. */
export const disclosure = css`
  summary {
    display: flex;
    align-items: center;
    min-height: 32px;
    cursor: pointer;
    color: var(--_muted);
  }
  summary:hover {
    color: var(--_text);
  }
  summary::marker {
    content: none;
  }
  summary::before {
    content: '';
    width: 6px;
    height: 6px;
    margin: 0 8px 0 2px;
    border: solid currentColor;
    border-width: 0 1.5px 1.5px 0;
    rotate: -45deg;
  }
  details[open] > summary::before {
    rotate: 45deg;
  }
`;
