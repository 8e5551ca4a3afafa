// The models that Loam brings along: they need no key and no network.
import type { ModelInfo } from '../../../contract/gateway.ts';
import { builtInProvider } from './provider.ts';

export const builtInModels: readonly ModelInfo[] = [
  {
    id: `${builtInProvider}/extractive`,
    provider: builtInProvider,
    name: 'extractive',
    display_name: 'Loam extractive',
    context_window: null,
    max_output_tokens: null,
    input_price_per_million: '0',
    output_price_per_million: '0',
    capabilities: ['streaming', 'citations'],
    built_in: true,
    kind: 'chat',
  },
];
