import { css } from 'lit';

/** A `<progress>`: a hairline that fills. */
export const progressBar = css`
  progress {
    display: block;
    width: 100%;
    height: 4px;
    appearance: none;
    border: 0;
    border-radius: 2px;
    overflow: hidden;
    background: var(--_line);
  }
  progress::-webkit-progress-bar {
    background: var(--_line);
  }
  /* Apart: a browser drops a whole rule when it does not know one of its selectors. */
  progress::-webkit-progress-value {
    background: var(--_accent);
  }
  progress::-moz-progress-bar {
    background: var(--_accent);
  }
`;
