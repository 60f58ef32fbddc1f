/** Where a panel beside a list becomes a page of its own; the same width stands in the pages' style sheets. */
export const panelCovers = '(max-width: 1100px)'
