/** oneHot: index [B] -> out [B, C], 1 at index[b] and 0 elsewhere. */
import { checkedIndex } from "./indexing.js";
import { type RefView, rowPositions } from "./views.js";

export function oneHotKernel([index]: RefView[], [out]: RefView[]): void {
  const { at, length } = rowPositions(out);
  const classes = checkedIndex("oneHot", index, out.shape[1]);
  for (const position of at) out.data[position] = 0;
  for (let b = 0; b < classes.length; b++) out.data[at[b * length + classes[b]]] = 1;
}
