import { css } from 'lit';

/** A tool's panel: its heading, sections between hairlines, labelled rows. */
export const panel = css`
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    min-height: 44px;
    padding: 6px 8px 6px 16px;
    border-bottom: 1px solid var(--_line);
  }
  section {
    display: grid;
    gap: 10px;
    padding: 12px 16px 14px;
  }
  section + section {
    border-top: 1px solid var(--_line);
  }
  .row {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    min-height: 28px;
  }
  .row > select {
    flex: 1;
    max-width: 184px;
  }
  .row > ganvas-number-field {
    width: 76px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .actions .button {
    flex: 1;
  }
  .advice {
    padding: 8px 12px;
    border-radius: var(--_radius-small);
    background: var(--_sunken);
  }
`;
