/**
 * A hidden layer whose sums are normalised before the activation:
 *
 *   activation(layerNorm(layer(x)))          (Ba, Kiros and Hinton 2016)
 *
 * which bounds what a Q-network extrapolates to and lets it do without a target network (Gallici et al.
 * 2024, section 3). Of pictures [B, C, H, W] every place is normalised over its channels.
 */
import { type Layer, LayerNorm, type Parameter, parametersOf } from "@carom/nn";
import { type Device, relu, type Tensor, tanh } from "@carom/tensor";

/** What follows the normalisation. */
export type HiddenActivation = "tanh" | "relu";

/** A layer without activation, normalisation, activation; parameters of the layer, and `norm.*`. */
export class NormalizedLayer implements Layer {
  private readonly layer: Layer;
  private readonly norm: LayerNorm;
  private readonly activation: HiddenActivation;

  /** @param width of the layer's rows, or its channels */
  constructor(layer: Layer, width: number, activation: HiddenActivation, device: Device) {
    this.layer = layer;
    this.norm = new LayerNorm(width, { device });
    this.activation = activation;
  }

  /** `[B, inputs]` to `[B, width]`, or pictures `[B, inputs, H, W]` to `[B, width, P, Q]`. */
  forward(x: Tensor): Tensor {
    const sums = this.layer.forward(x);
    const isPicture = sums.rank === 4;
    const rows = isPicture ? sums.permute([0, 2, 3, 1]) : sums; // [..., width]
    const normal = this.norm.forward(rows);
    const active = this.activation === "relu" ? relu(normal) : tanh(normal);
    return isPicture ? active.permute([0, 3, 1, 2]) : active;
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([...this.layer.parameters(), ...parametersOf({ norm: this.norm })]);
  }
}
