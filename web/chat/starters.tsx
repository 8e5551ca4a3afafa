// Ideas to start with, made of what the person has: a document to ask about, a chat to go on with, search, adding files.

import { useNavigate } from '@tanstack/react-router';
import { FileText, History, type LucideIcon, Search, Sparkles, Upload } from 'lucide-react';
import type { Attachment } from '../api/messages.ts';
import { allRows } from '../api/rows.ts';
import { useDocuments } from '../documents/documents.ts';
import { useHistory } from '../frame/conversations.ts';
import { overlay } from '../frame/sidebar-state.ts';
import { strings } from '../strings.ts';

const words = strings.starters;

type Idea = { key: string; icon: LucideIcon; title: string; text: string; act: () => void };

function IdeaButton({ idea: { icon: Icon, title, text, act } }: { idea: Idea }) {
  return (
    <button
      type="button"
      onClick={act}
      className="flex w-full items-start gap-3 rounded-2 border border-line bg-surface px-3.5 py-3 text-start text-3 hover:bg-hover"
    >
      <Icon aria-hidden size={18} strokeWidth={1.5} className="mt-0.5 shrink-0 text-ink-3" />
      <span className="min-w-0">
        <span className="block truncate font-semibold text-ink">{title}</span>
        <span className="block truncate text-ink-2">{text}</span>
      </span>
    </button>
  );
}

type Props = { offerModel: boolean; onAsk: (content: string, attachments: Attachment[]) => void };

export function Starters({ offerModel, onAsk }: Props) {
  const navigate = useNavigate();
  const documents = useDocuments();
  const history = useHistory();
  const readable = allRows(documents.data).find((each) => each.processing_status === 'completed');
  const chat = allRows(history.data)[0];
  if (documents.isPending || history.isPending) return null;
  const ideas: Idea[] = [];
  if (readable) {
    const { id, original_name: name, mime_type } = readable;
    const question = words.summarise(name);
    const attachment = { document_id: id, name, mime_type };
    ideas.push({
      key: 'ask',
      icon: FileText,
      title: question,
      text: words.summariseText,
      act: () => onAsk(question, [attachment]),
    });
  }
  if (chat) {
    const open = () => void navigate({ to: '/c/$conversationId', params: { conversationId: chat.id } });
    ideas.push({
      key: 'continue',
      icon: History,
      title: words.continue,
      text: chat.title ?? strings.history.untitled,
      act: open,
    });
  }
  if (readable || chat)
    ideas.push({
      key: 'find',
      icon: Search,
      title: words.find,
      text: words.findText,
      act: () => overlay.set('search'),
    });
  ideas.push({
    key: 'add',
    icon: Upload,
    title: words.add,
    text: words.addText,
    act: () => void navigate({ to: '/documents' }),
  });
  if (offerModel && ideas.length < 4) {
    const open = () => void navigate({ to: '/settings/models' });
    ideas.push({ key: 'model', icon: Sparkles, title: words.model, text: words.modelText, act: open });
  }
  return (
    <ul aria-label={words.label} className="arrive mt-4.5 grid gap-2.5 wide:grid-cols-2">
      {ideas.map((idea) => (
        <li key={idea.key} className="min-w-0">
          <IdeaButton idea={idea} />
        </li>
      ))}
    </ul>
  );
}
