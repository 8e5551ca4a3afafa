// Where a message is written: text, files, documents on or off, the model, and Send or Stop.

import { ArrowUp, FileText, Plus, Square } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from 'react';
import type { Attachment } from '../api/messages.ts';
import { useDrop } from '../documents/drop.ts';
import { dropUpload, forgetUploads, startUploads, useUploads } from '../documents/uploads.ts';
import { composerId } from '../frame/shortcuts.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { ChoiceList } from '../ui/choices.tsx';
import { cx } from '../ui/class-names.ts';
import { ComposerFiles } from './composer-files.tsx';
import { ComposerText } from './composer-text.tsx';
import { useDraft, writeDraft } from './draft.ts';
import { ModelButton } from './model-button.tsx';
import { useCompletion } from './use-completion.tsx';

export type Choosing = { model: string | null; documentChat: boolean };

type Props = {
  conversationId: string | null;
  choosing: Choosing;
  running: boolean;
  onChoose: (change: Partial<Choosing>) => void;
  /** Answers whether the message was taken; if not, its text stays. */
  onSend: (content: string, attachments: Attachment[]) => Promise<boolean>;
  onStop: () => void;
};

const words = strings.composer;

export function Composer({ conversationId, choosing, running, onChoose, onSend, onStop }: Props) {
  const owner = `chat ${conversationId ?? 'new'}`;
  const text = useDraft(conversationId);
  const [sending, setSending] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const uploads = useUploads(owner);
  const add = (files: Iterable<File>): void => startUploads(owner, files, { conversationId });
  const drop = useDrop(add);

  const write = (next: string): void => writeDraft(conversationId, next);
  const completion = useCompletion({ field, text, write, owner, onModel: (model) => onChoose({ model }) });

  const arriving = uploads.some((upload) => upload.document === null && upload.problem === null);
  const content = text.trim();
  const ready = content !== '' && !arriving && !running && !sending;

  const send = async (): Promise<void> => {
    if (!ready) return;
    const attachments = uploads.flatMap(({ document }) =>
      document ? [{ document_id: document.id, name: document.original_name, mime_type: document.mime_type }] : [],
    );
    setSending(true);
    const taken = await onSend(content, attachments);
    setSending(false);
    if (!taken) return;
    write('');
    forgetUploads(owner);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (completion.onKeyDown(event) || event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    }
  };

  const onPaste = (event: ClipboardEvent): void => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    add(event.clipboardData.files);
  };

  return (
    <form
      aria-label={words.label}
      className="relative rounded-3 border border-control bg-surface shadow-float focus-within:border-accent"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      {...drop.handlers}
    >
      {completion.choices.length > 0 ? (
        <div className="arrive absolute inset-x-2 bottom-full z-30 mb-2 rounded-2 border border-line bg-surface shadow-float">
          <ChoiceList
            choices={completion.choices}
            state={completion.state}
            label={completion.label}
            className="max-h-picker"
          />
        </div>
      ) : null}
      <ComposerFiles uploads={uploads} onRemove={dropUpload} />
      <ComposerText
        field={field}
        id={composerId}
        value={text}
        placeholder={conversationId === null ? words.first : words.next}
        completion={completion}
        onChange={write}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <div className="flex items-center gap-1 px-2.5 pb-2.5">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            add(event.target.files ?? []);
            event.target.value = '';
          }}
        />
        <IconButton label={words.attach} icon={Plus} onClick={() => picker.current?.click()} />
        <button
          type="button"
          aria-pressed={choosing.documentChat}
          title={words.documentsHint}
          onClick={() => onChoose({ documentChat: !choosing.documentChat })}
          className={cx(
            'flex h-7.5 items-center gap-2 rounded-full px-2.75 text-2 font-medium transition-colors',
            choosing.documentChat ? 'bg-accent-soft text-accent' : 'text-ink-2 hover:bg-hover',
          )}
        >
          <FileText aria-hidden size={15} strokeWidth={1.75} />
          {words.documents}
        </button>
        <div className="min-w-0 grow" />
        <ModelButton model={choosing.model} onModel={(model) => onChoose({ model })} />
        {running ? (
          <button type="button" aria-label={words.stop} title={words.stop} onClick={onStop} className={roundClass}>
            <Square aria-hidden size={12} fill="currentColor" />
          </button>
        ) : (
          <button
            type="submit"
            aria-label={words.send}
            title={arriving ? words.waiting : words.send}
            aria-disabled={!ready}
            className={cx(roundClass, !ready && 'cursor-default')}
          >
            <ArrowUp aria-hidden size={18} strokeWidth={1.75} />
          </button>
        )}
      </div>
      {drop.over ? (
        <div className="pointer-events-none absolute inset-0 flex items-center justify-center rounded-3 bg-accent-soft text-3 font-semibold text-accent">
          {words.drop}
        </div>
      ) : null}
    </form>
  );
}

const roundClass =
  'ms-2 flex size-8.5 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink transition-opacity hover:opacity-90';
