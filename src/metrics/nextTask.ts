/** Lets everything that waits have its turn: messages of a page, such as a cancel, come between two computations. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
