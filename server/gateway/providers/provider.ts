// Where models are served, as a value: address, headers, and what to call it in the price list.

export interface Provider {
  /** The first part of `<provider>/<model>`. */
  readonly name: string;
  readonly displayName: string;
  /** Without a slash at the end; `/chat/completions` comes behind it. */
  readonly baseUrl: string;
  /** Sent with every request; they hold the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its name in the price list; null when nothing there applies. */
  readonly priceList: string | null;
  /** True for a server that may or may not be running: it has no models until it answers. */
  readonly optional: boolean;
  /** Query of the model list, for providers that page it. */
  readonly listQuery: string;
}

/** The provider of the built-in models; it has no address. */
export const builtInProvider = 'loam';
