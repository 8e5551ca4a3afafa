// The files that go with a message, as chips: how much has arrived, whether it is being read, what went wrong.

import { CircleAlert, FileText, X } from 'lucide-react';
import { useDocument } from '../documents/documents.ts';
import type { Upload } from '../documents/uploads.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import { formatShare } from '../ui/format.ts';

function Reading({ id }: { id: string }) {
  const { data } = useDocument(id);
  if (!data || data.processing_status === 'completed') return null;
  if (data.processing_status === 'failed')
    return <span className="truncate text-bad">{data.error?.message ?? strings.documents.failed}</span>;
  const { progress } = data;
  return (
    <span className="text-ink-3 tabular-nums">
      {progress?.total ? formatShare(progress.done / progress.total) : strings.documents.reading}
    </span>
  );
}

function Chip({ upload, onRemove }: { upload: Upload; onRemove: (id: string) => void }) {
  const { problem, document, share, waiting } = upload;
  const Icon = problem ? CircleAlert : FileText;
  return (
    <li
      className={cx(
        'flex h-7.5 max-w-full items-center gap-2 rounded-full border bg-surface ps-2.75 pe-1 text-2',
        problem ? 'border-bad text-bad' : 'border-line text-ink-2',
      )}
      title={problem?.hint ?? undefined}
    >
      <Icon aria-hidden size={14} strokeWidth={1.75} className="shrink-0" />
      <span className="truncate">{upload.name}</span>
      {problem ? <span className="truncate">{problem.message}</span> : null}
      {document ? <Reading id={document.id} /> : null}
      {document || problem ? null : (
        <span className="text-ink-3 tabular-nums">{waiting ? strings.documents.waiting : formatShare(share)}</span>
      )}
      <IconButton small label={strings.composer.remove(upload.name)} icon={X} onClick={() => onRemove(upload.id)} />
    </li>
  );
}

export function ComposerFiles({ uploads, onRemove }: { uploads: Upload[]; onRemove: (id: string) => void }) {
  if (uploads.length === 0) return null;
  return (
    <ul aria-label={strings.composer.files} className="flex flex-wrap gap-2 px-3.25 pt-3.25">
      {uploads.map((upload) => (
        <Chip key={upload.id} upload={upload} onRemove={onRemove} />
      ))}
    </ul>
  );
}
