// A file on its way into the table.

import { CircleAlert, Upload as UploadIcon, X } from 'lucide-react';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { formatShare } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';
import { dropUpload, type Upload } from './uploads.ts';

function State({ upload: { problem, share, waiting } }: { upload: Upload }) {
  if (problem) {
    return (
      <span
        className="flex items-center gap-2 text-2 text-bad"
        title={[problem.message, problem.hint].filter(Boolean).join(' ')}
      >
        <CircleAlert aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
        <span className="line-clamp-2 leading-4">{problem.message}</span>
      </span>
    );
  }
  if (waiting) return <span className="text-2 text-ink-3">{strings.documents.waiting}</span>;
  const text = `${strings.documents.uploading} ${formatShare(share)}`;
  return (
    <span className="flex max-w-37.5 flex-col gap-1.5">
      <span className="truncate text-2 text-ink-2 tabular-nums">{text}</span>
      <Progress label={text} share={share} />
    </span>
  );
}

export function UploadRow({ upload }: { upload: Upload }) {
  return (
    <>
      <td className="ps-4 pe-2">
        <div className="flex min-w-0 items-center gap-3">
          <span className="flex size-8.5 shrink-0 items-center justify-center rounded-1 border border-line bg-sunken text-ink-2">
            <UploadIcon aria-hidden size={16} strokeWidth={1.75} />
          </span>
          <div className="min-w-0">
            <span className="block truncate text-3/5 font-semibold">{upload.name}</span>
            <span className="block wide:hidden">
              <State upload={upload} />
            </span>
          </div>
        </div>
      </td>
      <td className="text-ink-2 max-wide:hidden">–</td>
      <td className="text-ink-2 max-wide:hidden">–</td>
      <td className="pe-4 max-wide:hidden">
        <State upload={upload} />
      </td>
      <td className="max-wide:hidden" />
      <td className="pe-4 text-end">
        <IconButton label={strings.composer.remove(upload.name)} icon={X} onClick={() => dropUpload(upload.id)} />
      </td>
    </>
  );
}
