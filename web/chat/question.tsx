// The person's words: a quiet bubble at the end of the line, which can be copied and edited.

import { Link } from '@tanstack/react-router';
import { Check, Copy, FileText, Pencil } from 'lucide-react';
import { memo, useState } from 'react';
import type { Attachment, Message } from '../api/messages.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { useCopy } from '../ui/use-copy.ts';
import { QuestionEditor } from './question-editor.tsx';
import { Siblings } from './siblings.tsx';

type Props = {
  message: Message | null;
  content: string;
  attachments: Attachment[];
  onEdit: (message: Message, content: string) => void;
};

export const Question = memo(function Question({ message, content, attachments, onEdit }: Props) {
  const [editing, setEditing] = useState(false);
  const [copied, copy] = useCopy();
  if (editing && message) {
    return (
      <QuestionEditor
        content={content}
        onCancel={() => setEditing(false)}
        onSend={(text) => {
          setEditing(false);
          onEdit(message, text);
        }}
      />
    );
  }
  return (
    <article aria-label={strings.chat.you} className="group flex flex-col items-end">
      {attachments.length > 0 ? (
        <ul aria-label={strings.composer.files} className="mb-2 flex max-w-full flex-wrap justify-end gap-2">
          {attachments.map((each) => (
            <li key={each.document_id} className="max-w-full">
              <Link
                to="."
                search={{ document: each.document_id, page: 1 }}
                className="flex h-7.5 max-w-full items-center gap-2 rounded-full border border-line bg-surface px-2.75 text-2 text-ink-2 hover:bg-hover hover:text-ink"
              >
                <FileText aria-hidden size={14} strokeWidth={1.75} className="shrink-0" />
                <span className="truncate">{each.name}</span>
              </Link>
            </li>
          ))}
        </ul>
      ) : null}
      <p
        dir="auto"
        className="max-w-bubble rounded-3 rounded-ee-0 bg-hover px-3.75 py-2 text-4/6 wrap-anywhere whitespace-pre-wrap"
      >
        {content}
      </p>
      <div className="flex h-8 items-center justify-end gap-1 pe-1">
        {message ? (
          <>
            <span className="flex opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100">
              <IconButton
                small
                label={copied ? strings.copied : strings.chat.copyQuestion}
                icon={copied ? Check : Copy}
                onClick={() => copy(content)}
              />
              <IconButton small label={strings.chat.editQuestion} icon={Pencil} onClick={() => setEditing(true)} />
            </span>
            <Siblings message={message} />
          </>
        ) : null}
      </div>
    </article>
  );
});
