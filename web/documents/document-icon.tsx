// A document's kind as a picture in a tile.

import { FileCode, FileImage, FileText, FileType, Globe, type LucideIcon } from 'lucide-react';
import type { Document } from '../api/documents.ts';

function iconOf({ mime_type: type, error }: Document): LucideIcon {
  if (error?.code.includes('scan') || error?.code.includes('no_text')) return FileImage;
  if (type.includes('html')) return Globe;
  if (type.includes('markdown')) return FileCode;
  if (type.includes('word')) return FileType;
  return FileText;
}

export function DocumentIcon({ document }: { document: Document }) {
  const Icon = iconOf(document);
  return (
    <span className="flex size-8.5 shrink-0 items-center justify-center rounded-1 border border-line bg-sunken text-ink-2">
      <Icon aria-hidden size={16} strokeWidth={1.75} />
    </span>
  );
}
