/**
 * A function per algorithm that makes an agent, so that editors know its settings. An algorithm of the
 * registry gets one here: of its own name, in camel case (`vtrace` is that of an equation: it is `impala`).
 */
import type { A2cConfig } from "../a2c/config.js";
import type { DdpgConfig } from "../ddpg/config.js";
import type { DqnConfig } from "../dqn/config.js";
import type { PpoConfig } from "../ppo/config.js";
import type { PqnConfig } from "../pqn/config.js";
import type { R2d2Config } from "../r2d2/config.js";
import type { ReinforceConfig } from "../reinforce/config.js";
import type { SacConfig } from "../sac/config.js";
import type { SacDiscreteConfig } from "../sac-discrete/config.js";
import type { Td3Config } from "../td3/config.js";
import type { VtraceConfig } from "../vtrace/config.js";
import type { Agent } from "./agent.js";
import { createAgent } from "./create.js";
import type { GameSource } from "./game.js";
import type { AgentOptions } from "./options.js";

/** An agent that learns by proximal policy optimisation (Schulman et al. 2017). @throws as {@link createAgent} */
export function ppo(game: GameSource, options: AgentOptions<PpoConfig> = {}): Agent {
  return createAgent("ppo", game, options);
}

/** An agent that learns by advantage actor-critic (Mnih et al. 2016). @throws as {@link createAgent} */
export function a2c(game: GameSource, options: AgentOptions<A2cConfig> = {}): Agent {
  return createAgent("a2c", game, options);
}

/** An agent that learns by actor-critic with V-trace (Espeholt et al. 2018), algorithm `vtrace`. @throws as {@link createAgent} */
export function impala(game: GameSource, options: AgentOptions<VtraceConfig> = {}): Agent {
  return createAgent("vtrace", game, options);
}

/** An agent that learns by REINFORCE with a learned baseline (Williams 1992). @throws as {@link createAgent} */
export function reinforce(game: GameSource, options: AgentOptions<ReinforceConfig> = {}): Agent {
  return createAgent("reinforce", game, options);
}

/** An agent that learns by deep Q-learning with a replay memory (Mnih et al. 2015). @throws as {@link createAgent} */
export function dqn(game: GameSource, options: AgentOptions<DqnConfig> = {}): Agent {
  return createAgent("dqn", game, options);
}

/** An agent that learns by Q-learning of return distributions over fixed atoms (Bellemare et al. 2017). @throws as {@link createAgent} */
export function c51(game: GameSource, options: AgentOptions<DqnConfig> = {}): Agent {
  return createAgent("c51", game, options);
}

/** An agent that learns by Q-learning of return quantiles (Dabney et al. 2018). @throws as {@link createAgent} */
export function qrdqn(game: GameSource, options: AgentOptions<DqnConfig> = {}): Agent {
  return createAgent("qrdqn", game, options);
}

/** An agent that learns by six extensions of deep Q-learning together (Hessel et al. 2018). @throws as {@link createAgent} */
export function rainbow(game: GameSource, options: AgentOptions<DqnConfig> = {}): Agent {
  return createAgent("rainbow", game, options);
}

/** An agent that learns by parallelised Q-learning without replay (Gallici et al. 2024). @throws as {@link createAgent} */
export function pqn(game: GameSource, options: AgentOptions<PqnConfig> = {}): Agent {
  return createAgent("pqn", game, options);
}

/** An agent that learns by recurrent Q-learning from replayed sequences (Kapturowski et al. 2019). @throws as {@link createAgent} */
export function r2d2(game: GameSource, options: AgentOptions<R2d2Config> = {}): Agent {
  return createAgent("r2d2", game, options);
}

/** An agent that learns by soft actor-critic for continuous actions (Haarnoja et al. 2018). @throws as {@link createAgent} */
export function sac(game: GameSource, options: AgentOptions<SacConfig> = {}): Agent {
  return createAgent("sac", game, options);
}

/** An agent that learns by soft actor-critic for discrete actions (Christodoulou 2019). @throws as {@link createAgent} */
export function sacDiscrete(
  game: GameSource,
  options: AgentOptions<SacDiscreteConfig> = {},
): Agent {
  return createAgent("sac-discrete", game, options);
}

/** An agent that learns by twin delayed deep deterministic policy gradient (Fujimoto et al. 2018). @throws as {@link createAgent} */
export function td3(game: GameSource, options: AgentOptions<Td3Config> = {}): Agent {
  return createAgent("td3", game, options);
}

/** An agent that learns by deep deterministic policy gradient (Lillicrap et al. 2015). @throws as {@link createAgent} */
export function ddpg(game: GameSource, options: AgentOptions<DdpgConfig> = {}): Agent {
  return createAgent("ddpg", game, options);
}
