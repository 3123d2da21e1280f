/** Opens a native popover beside its button, inside the window. It closes by itself on Escape or a click elsewhere. */
export function openPopover(popover: HTMLElement, anchor: HTMLElement, align: 'start' | 'end'): void {
  popover.showPopover();
  const at = anchor.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const left = align === 'start' ? at.left : at.right - size.width;
  const below = at.bottom + 4;
  const top = below + size.height > innerHeight - 8 ? Math.max(8, at.top - 4 - size.height) : below;
  popover.style.left = `${Math.max(8, Math.min(innerWidth - size.width - 8, left))}px`;
  popover.style.top = `${top}px`;
}
