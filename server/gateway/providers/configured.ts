// The providers that the settings name. A key in the environment is all it takes.
import type { Config } from '../../../core/config.ts';
import type { Provider } from './provider.ts';

type Settings = Pick<Config, 'OPENAI_API_KEY' | 'OPENAI_BASE_URL' | 'ANTHROPIC_API_KEY' | 'OLLAMA_BASE_URL'>;

const ownOpenai = 'https://api.openai.com/v1';

/**
 * In the order in which they are shown. A server of one's own under OPENAI_BASE_URL may need no key.
 * Models of that name there are priced like OpenAI's: a proxy in front of it costs what it costs.
 */
export function configuredProviders(settings: Settings): Provider[] {
  const providers: Provider[] = [];
  if (settings.OPENAI_API_KEY !== undefined || settings.OPENAI_BASE_URL !== ownOpenai) {
    providers.push({
      name: 'openai',
      displayName: 'OpenAI',
      baseUrl: settings.OPENAI_BASE_URL,
      headers: settings.OPENAI_API_KEY === undefined ? {} : { authorization: `Bearer ${settings.OPENAI_API_KEY}` },
      priceList: 'openai',
      optional: false,
      listQuery: '',
    });
  }
  if (settings.ANTHROPIC_API_KEY !== undefined) {
    providers.push({
      name: 'anthropic',
      displayName: 'Anthropic',
      baseUrl: 'https://api.anthropic.com/v1',
      // Its chat endpoint wants the first, its model list the other two.
      headers: {
        authorization: `Bearer ${settings.ANTHROPIC_API_KEY}`,
        'x-api-key': settings.ANTHROPIC_API_KEY,
        'anthropic-version': '2023-06-01',
      },
      priceList: 'anthropic',
      optional: false,
      listQuery: '?limit=1000',
    });
  }
  providers.push({
    name: 'ollama',
    displayName: 'Ollama',
    baseUrl: `${settings.OLLAMA_BASE_URL.replace(/\/v1$/, '')}/v1`,
    headers: {},
    priceList: null,
    optional: true,
    listQuery: '',
  });
  return providers;
}

/** How to get another model, for people who only have the built-in one. */
export const howToAddProvider =
  'Set OPENAI_API_KEY (and OPENAI_BASE_URL for another server that speaks its protocol) or ANTHROPIC_API_KEY and start Loam again, or start Ollama on this machine: it is found by itself.';
