import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { AdminOnly, ApiGroup, ApiProblems, BodyLimit, OpenToKeys, PageDto } from '@holdfast/http';
import { type CurrentCustomer, LoggedIn } from '@holdfast/identity';
import { InvalidCursor } from '@holdfast/platform';
import { InventoryFeeds } from '../application/inventory-feeds.service';
import { InventoryQueries } from '../application/inventory.queries';
import { CountAhead } from '../domain/inventory.errors';
import { DriftDto, DriftFilterDto, FeedListDto, FeedResultDto, MOST_ITEMS, SendFeedDto } from './inventory.dto';

/** 2 MB. */
const FEED_LIMIT = 2_097_152;
/** An item has two members and is an element; one item too many is still read, so that the answer names the limit. */
const MOST_VALUES = 3 * (MOST_ITEMS + 1) + 10;

@ApiGroup('Inventory', 'Bring the counts of a warehouse or an ERP, and see where they differ.')
@Controller('v1/inventory')
@AdminOnly()
export class InventoryController {
  constructor(
    private readonly feeds: InventoryFeeds,
    private readonly inventory: InventoryQueries,
  ) {}

  /**
   * Send the stock that another system counts
   * @remarks The units on hand become the count and what has moved since `takenAt`, so a count may arrive late. Holds
   * do not count. Each item has its result: `applied`, `unchanged`, `unknown-sku`, `duplicate-sku` (named twice),
   * `stale` (a later count came first, or the product was not there yet) or `below-zero` (more has left since than was
   * counted). Repeat a feed that got no answer: what was applied is not applied again.
   */
  @Post('feeds')
  @HttpCode(200)
  @OpenToKeys('stock:write')
  @BodyLimit(FEED_LIMIT, MOST_VALUES)
  @ApiProblems(new CountAhead(new Date('2026-11-28T07:00:00.000Z')))
  sendInventoryFeed(@Body() body: SendFeedDto, @LoggedIn() caller: CurrentCustomer): Promise<FeedResultDto> {
    return this.feeds.apply(body, caller.id);
  }

  /** List the feeds that came, the latest first */
  @Get('feeds')
  @ApiProblems(new InvalidCursor())
  listInventoryFeeds(@Query() page: PageDto): Promise<FeedListDto> {
    return this.inventory.feeds(page);
  }

  /**
   * List where counts and stock differ
   * @remarks The last count of each product by each system, where it differs from what we had when it was taken; the
   * largest differences first. What was sold since is no difference.
   */
  @Get('drift')
  getInventoryDrift(@Query() { source }: DriftFilterDto): Promise<DriftDto[]> {
    return this.inventory.drift(source);
  }
}
